import { GoldsmithError } from '../model/failure.ts';
import type { AcceleratorFacts, EfiFirmware, HostFacts } from '../model/host.ts';
import type { Accelerator, Arch } from '../model/machine.ts';
import { LABELS } from './accelerators.ts';
import { knownBad } from './known-bad.ts';

export interface AcceleratorChoice {
  accelerator: Accelerator;
  /** QEMU's CPU model to use with it, unless the recipe names one. */
  cpuModel: string;
  /** Why this one, in one sentence. */
  reason: string;
  /** What the person should know: it is slower, or not to be trusted, or not what was asked for. */
  warning?: string;
  hint?: string;
}

/** Packer's words for "no acceleration". */
const SAME_AS: Partial<Record<string, Accelerator>> = { none: 'tcg', kvm: 'kvm', tcg: 'tcg' };

/**
 * The accelerator to use: what the recipe asks for when it may work here, else KVM, else emulation.
 * What was seen to hang or die is never chosen, whatever a recipe asks for.
 * @param wanted Packer's `accelerator`; undefined: the best one.
 * @throws GoldsmithError `host-lacks` when nothing here can run a guest.
 */
export function chooseAccelerator(facts: Pick<HostFacts, 'accelerators' | 'qemu'>, wanted?: string): AcceleratorChoice {
  const order: Accelerator[] = wanted !== undefined && SAME_AS[wanted] === 'tcg' ? ['tcg', 'kvm'] : ['kvm', 'tcg'];
  const found = order.flatMap(name => facts.accelerators.filter(({ accelerator }) => accelerator === name));
  const chosen = found.find(isUsable);
  if (!chosen) throw nothingWorks(facts);
  const warnings = [
    unmetWish(wanted, chosen),
    ...found.slice(0, found.indexOf(chosen)).map(refused => `${label(refused)} is not used. ${refused.reason}`),
    ...(chosen.state === 'unproved' && chosen.accelerator === 'kvm' ? [chosen.reason] : []),
  ].filter(text => text !== undefined);
  const bad = facts.qemu && knownBad(facts.qemu.version, chosen.accelerator);
  if (bad) warnings.push(`QEMU ${facts.qemu?.version}: ${bad.problem}.`);
  return {
    accelerator: chosen.accelerator,
    cpuModel: chosen.cpuModel,
    reason: `${label(chosen)}: ${chosen.reason}`,
    ...(warnings.length > 0 ? { warning: warnings.join(' ') } : {}),
    ...(bad ? { hint: bad.hint } : {}),
  };
}

const isUsable = ({ state }: AcceleratorFacts): boolean => state === 'proved' || state === 'unproved';

const label = ({ accelerator }: AcceleratorFacts): string => LABELS[accelerator];

/** A recipe that asks for HVF, WHPX or Xen was written for another host: it still builds here. */
const unmetWish = (wanted: string | undefined, chosen: AcceleratorFacts): string | undefined =>
  wanted === undefined || wanted in SAME_AS ? undefined : `'${wanted}' is not for this host: ${label(chosen)} is used.`;

function nothingWorks(facts: Pick<HostFacts, 'accelerators' | 'qemu'>): GoldsmithError {
  if (!facts.qemu) {
    return new GoldsmithError('host-lacks', 'QEMU for x86-64 guests is not installed.', {
      hint: 'Run: ./goldsmith setup',
    });
  }
  const reasons = facts.accelerators.map(entry => `${label(entry)}: ${entry.reason}`);
  return new GoldsmithError('host-lacks', `No accelerator works on this host. ${reasons.join(' ')}`, {
    hint: 'goldsmith doctor --refresh tries again; goldsmith doctor says what to change.',
  });
}

/**
 * UEFI firmware for a machine, by the host's own order of preference.
 * @param machineType Versioned, e.g. `pc-q35-10.0`, as `QemuFacts.machineTypes` has it.
 * @param secureBoot True: with the vendors' keys enrolled, where there is such firmware.
 * @throws GoldsmithError `host-lacks`.
 */
export function chooseFirmware(
  facts: Pick<HostFacts, 'firmware'>,
  { arch, machineType, secureBoot }: { arch: Arch; machineType: string; secureBoot: boolean },
): EfiFirmware {
  const fitting = facts.firmware.filter(
    entry =>
      entry.arch === arch &&
      entry.isSecureBoot === secureBoot &&
      entry.machines.some(glob => matchesGlob(glob, machineType)),
  );
  const best = fitting.find(entry => entry.hasEnrolledKeys === secureBoot) ?? fitting[0];
  if (best) return best;
  const kind = secureBoot ? 'UEFI firmware with Secure Boot' : 'UEFI firmware';
  throw new GoldsmithError('host-lacks', `This host has no ${kind} for ${arch} machines of type ${machineType}.`, {
    hint: secureBoot
      ? 'Secure Boot needs machine type q35. ./goldsmith setup installs firmware.'
      : 'Run: ./goldsmith setup',
  });
}

/** Descriptors use `*` only. */
const matchesGlob = (glob: string, text: string): boolean =>
  new RegExp(`^${glob.split('*').map(escapeRegExp).join('.*')}$`).test(text);

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
