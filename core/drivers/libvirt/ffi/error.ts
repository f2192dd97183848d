import { constants } from 'node:os';
import { type FailureCode, GoldsmithError } from '../../../model/failure.ts';
import type { NativeFailure } from './native.ts';

interface Meaning {
  code: FailureCode;
  hint?: string;
}

const PERMISSION =
  'Join the group libvirt (then log in again), or allow org.libvirt.unix.manage in polkit; qemu:///session needs neither.';
const NO_DAEMON = 'Start libvirt (systemctl start libvirtd, or virtqemud), and look whether the URI is right.';
/** What to look at on the way through SSH. */
export const REMOTE = 'Look whether ssh to that host works without a question, and whether libvirt runs there.';

/** `VIR_ERR_*` (virterror.h): what each comes to. What is not here is `libvirt-failed`. */
const MEANINGS: Record<number, Meaning> = {
  3: { code: 'unsupported', hint: 'This libvirt, or the hypervisor behind the URI, does not have that.' }, // NO_SUPPORT
  4: { code: 'host-lacks', hint: REMOTE }, // UNKNOWN_HOST
  5: { code: 'host-lacks', hint: 'Look at the URI: qemu:///session, qemu:///system, qemu+ssh://user@host/system.' }, // NO_CONNECT
  8: { code: 'usage', hint: 'Look at the URI and at the extra XML.' }, // INVALID_ARG
  27: { code: 'bad-lab' }, // XML_ERROR
  28: { code: 'exists' }, // DOM_EXIST
  29: { code: 'host-lacks', hint: PERMISSION }, // OPERATION_DENIED
  35: { code: 'bad-lab' }, // XML_DETAIL
  37: { code: 'exists' }, // NETWORK_EXIST
  39: { code: 'libvirt-failed', hint: 'The connection to the daemon broke.' }, // RPC
  42: { code: 'not-found' }, // NO_DOMAIN
  43: { code: 'not-found', hint: 'virsh net-list --all shows the networks.' }, // NO_NETWORK
  45: { code: 'host-lacks', hint: PERMISSION }, // AUTH_FAILED
  49: { code: 'not-found', hint: 'virsh pool-list --all shows the pools.' }, // NO_STORAGE_POOL
  50: { code: 'not-found' }, // NO_STORAGE_VOL
  67: { code: 'unsupported' }, // CONFIG_UNSUPPORTED
  68: { code: 'timed-out' }, // OPERATION_TIMEOUT
  72: { code: 'not-found' }, // NO_DOMAIN_SNAPSHOT
  74: { code: 'unsupported' }, // ARGUMENT_UNSUPPORTED
  79: { code: 'host-lacks', hint: PERMISSION }, // AUTH_CANCELLED
  83: { code: 'busy' }, // BLOCK_COPY_ACTIVE
  84: { code: 'unsupported' }, // OPERATION_UNSUPPORTED
  85: { code: 'host-lacks', hint: REMOTE }, // SSH
  87: { code: 'busy' }, // RESOURCE_BUSY
  88: { code: 'host-lacks', hint: PERMISSION }, // ACCESS_DENIED
  90: { code: 'exists' }, // STORAGE_VOL_EXIST
  91: { code: 'host-lacks', hint: 'Choose another processor model (machine.cpu_model).' }, // CPU_INCOMPATIBLE
  92: { code: 'bad-lab' }, // XML_INVALID_SCHEMA
  94: { code: 'host-lacks', hint: PERMISSION }, // AUTH_UNAVAILABLE
  98: { code: 'host-lacks', hint: REMOTE }, // LIBSSH
};

/** A system call failed: `int1` is its `errno`. */
export const SYSTEM_ERROR = 38;
/** The part of libvirt that speaks to the daemon: VIR_FROM_RPC. */
const FROM_RPC = 7;

/** What a system call's `errno` means; from the part that connects, that there is nobody to talk to. */
function ofSystem({ domain, int1 }: NativeFailure): Meaning {
  const { EACCES, EPERM, ENOSPC, EDQUOT } = constants.errno;
  if (int1 === ENOSPC || int1 === EDQUOT) return { code: 'disk-full' };
  if (int1 === EACCES || int1 === EPERM) return { code: 'host-lacks', hint: PERMISSION };
  return domain === FROM_RPC ? { code: 'host-lacks', hint: NO_DAEMON } : { code: 'libvirt-failed' };
}

/** libvirt's reason as ours: by its code, the part it comes from and `errno`, never by its text. */
export function toGoldsmithError(failure: NativeFailure): GoldsmithError {
  const meaning = failure.code === SYSTEM_ERROR ? ofSystem(failure) : MEANINGS[failure.code];
  const { code = 'libvirt-failed', hint } = meaning ?? {};
  return new GoldsmithError(code, `libvirt: ${failure.message}`, {
    ...(hint === undefined ? {} : { hint }),
    details: { libvirt: { code: failure.code, domain: failure.domain, errno: failure.int1 } },
  });
}

/** `VIR_ERR_*` of an error that came from libvirt; undefined for any other. */
export function libvirtCode(error: unknown): number | undefined {
  if (!(error instanceof GoldsmithError)) return undefined;
  const { libvirt } = error.details as { libvirt?: { code: number } };
  return libvirt?.code;
}
