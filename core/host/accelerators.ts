import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { z } from 'zod';
import type { AcceleratorFacts, HostSystem, QemuFacts } from '../model/host.ts';
import type { Accelerator } from '../model/machine.ts';
import type { HostMemory } from './memory.ts';
import { fileStamp } from './programs.ts';
import { proveAccelerator, type Verdict } from './proof/prove.ts';

const KVM_DEVICE = '/dev/kvm';

interface Candidate {
  accelerator: 'kvm' | 'tcg';
  /** As for QEMU's `-accel`. */
  argument: string;
  /** Tried in turn while QEMU or the kernel dies; a hang is not tried again. */
  cpuModels: readonly [string, ...string[]];
  /**
   * A working one needs a tenth of it: 1 s with KVM, 3 s with TCG on an idle machine. Emulation gets more, as nothing
   * is left to choose without it: on a host busy with many machines it took more than 60 s, and worked.
   */
  deadlineMs: number;
}

/**
 * Five-level paging (la57) costs emulated guests time and gives them nothing. Fast string operations (erms, fsrm) are the
 * opposite of what they say: a guest that is told of them clears and copies memory by single bytes, and each is emulated.
 */
export const EMULATED_CPU = 'max,la57=off,erms=off,fsrm=off';

/** Under nested virtualisation `host` may die of "failed to set MSR 0x10a", which is arch-capabilities. */
const CANDIDATES = {
  kvm: { accelerator: 'kvm', argument: 'kvm', cpuModels: ['host', 'host,arch-capabilities=off'], deadlineMs: 8_000 },
  tcg: { accelerator: 'tcg', argument: 'tcg,thread=multi', cpuModels: [EMULATED_CPU], deadlineMs: 300_000 },
} as const satisfies Partial<Record<Accelerator, Candidate>>;

export interface ProofContext {
  qemu: QemuFacts;
  system: HostSystem;
  memory: HostMemory;
  isRefreshed: boolean;
  /** Asked only when something must be proved. Undefined: there is no kernel to prove it with. */
  kernel(): Promise<string | undefined>;
  signal: AbortSignal;
  onNote(message: string): void;
}

const Remembered = z.object({
  accelerator: z.enum(['kvm', 'tcg']),
  state: z.enum(['proved', 'failed']),
  cpuModel: z.string(),
  reason: z.string(),
  bootMs: z.number().optional(),
});

/** KVM first; emulation is proved only where KVM does not work, since only there it is needed. */
export async function lookAtAccelerators(context: ProofContext): Promise<AcceleratorFacts[]> {
  const obstacle = kvmObstacle(context.system);
  const kvm = obstacle ? facts(CANDIDATES.kvm, 'absent', obstacle) : await recallOrProve(CANDIDATES.kvm, context);
  if (kvm.state !== 'proved') return [kvm, await recallOrProve(CANDIDATES.tcg, context)];
  return [kvm, facts(CANDIDATES.tcg, 'unproved', 'Emulation was not tried: KVM works.')];
}

/** Why KVM cannot even be tried; undefined: it can. */
export function kvmObstacle({ arch }: Pick<HostSystem, 'arch'>, device = KVM_DEVICE): string | undefined {
  if (arch !== 'x86_64') return `This host's processor (${arch}) cannot run x86-64 guests itself.`;
  if (!existsSync(device))
    return `There is no ${device}: virtualisation is off in the firmware, or the outer host gives none.`;
  try {
    accessSync(device, constants.R_OK | constants.W_OK);
    return undefined;
  } catch {
    return `${device} may not be opened by this user.`;
  }
}

/** A cached answer lives as long as all it depends on: QEMU, processor, microcode, kernel, the device itself. */
async function recallOrProve(candidate: Candidate, context: ProofContext): Promise<AcceleratorFacts> {
  const { qemu, system, memory, isRefreshed } = context;
  const key = `accelerator ${candidate.accelerator}`;
  const stamp = [
    fileStamp(qemu.path),
    qemu.version,
    system.cpu.model,
    system.cpu.microcode,
    system.kernel,
    deviceStamp(),
  ];
  const remembered = isRefreshed ? undefined : memory.recall(key, stamp.join(' | '), Remembered);
  // Of another release of ours it may be about a processor that is no longer asked for.
  if (remembered && candidate.cpuModels.includes(remembered.cpuModel)) {
    const { bootMs, ...rest } = remembered;
    return bootMs === undefined ? rest : { ...rest, bootMs };
  }
  const found = await prove(candidate, context);
  if (found.state !== 'unproved') memory.remember(key, stamp.join(' | '), found);
  return found;
}

const deviceStamp = (): string => (existsSync(KVM_DEVICE) ? String(statSync(KVM_DEVICE).mtimeMs) : 'none');

async function prove(candidate: Candidate, context: ProofContext): Promise<AcceleratorFacts> {
  const kernel = await context.kernel();
  if (!kernel) return facts(candidate, 'unproved', 'Not proved: there is no kernel to boot for a proof.');
  const { accelerator, argument, deadlineMs } = candidate;
  context.onNote(
    `Booting a kernel to see whether ${LABELS[accelerator]} works (at most ${deadlineMs / 1000} s, once).`,
  );
  let last: AcceleratorFacts | undefined;
  for (const cpuModel of candidate.cpuModels) {
    const attempt = {
      qemu: context.qemu.path,
      accelerator: argument,
      cpuModel,
      kernel,
      deadlineMs,
      signal: context.signal,
    };
    const verdict = await proveAccelerator(attempt);
    last = { ...facts(candidate, verdict.works ? 'proved' : 'failed', explain(verdict, deadlineMs)), cpuModel };
    if (verdict.works) return { ...last, bootMs: verdict.bootMs };
    if (verdict.how === 'hangs') break;
  }
  return last ?? facts(candidate, 'unproved', 'Not proved: no processor model to try.');
}

function explain(verdict: Verdict, deadlineMs: number): string {
  if (verdict.works) return `A real kernel reached user space and ended after ${(verdict.bootMs / 1000).toFixed(1)} s.`;
  const where = verdict.lastLine ? ` The last it said: ${verdict.lastLine}` : ' It said nothing.';
  if (verdict.how === 'dies') return `It died while booting a real kernel.${where}`;
  return `It opens, but a real kernel did not reach user space in ${deadlineMs / 1000} s.${where}`;
}

/** For sentences. */
export const LABELS: Record<Accelerator, string> = {
  kvm: 'KVM',
  tcg: 'emulation (TCG)',
  hvf: 'HVF',
  whpx: 'WHPX',
  xen: 'Xen',
};

const facts = (
  { accelerator, cpuModels }: Candidate,
  state: AcceleratorFacts['state'],
  reason: string,
): AcceleratorFacts => ({ accelerator, state, cpuModel: cpuModels[0], reason });
