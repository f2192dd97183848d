import type { Accelerator } from '../model/machine.ts';
import { compareVersions } from './version.ts';

export interface KnownBad {
  accelerator: Accelerator;
  /** QEMU versions from `from` (inclusive; missing: all older ones too) up to `below` (exclusive). */
  from?: string;
  below: string;
  /** What happens, in one sentence that can follow "QEMU 7.2.1: ". */
  problem: string;
  hint: string;
}

/** QEMU versions that must not be trusted with a guest: data, so that the doctor and every build say the same. */
export const KNOWN_BAD: readonly KnownBad[] = [
  {
    // Measured with 7.2: 3 of 8 boots of a Debian 13 with one vCPU and 11 of 11 with two ended in a kernel panic or
    // hang, with every CPU model and machine type; with 10.0 none did. Versions 8 and 9 were not measured.
    accelerator: 'tcg',
    below: '8.0',
    problem: 'its emulation (TCG) corrupts guests: kernel panics, programs that crash',
    hint: 'Install QEMU 8 or newer (on Debian 12: ./goldsmith setup takes it from backports), or use KVM.',
  },
];

/** What is known against this QEMU with this accelerator; undefined: nothing. */
export const knownBad = (version: string, accelerator: Accelerator): KnownBad | undefined =>
  KNOWN_BAD.find(
    bad =>
      bad.accelerator === accelerator &&
      compareVersions(version, bad.below) < 0 &&
      (bad.from === undefined || compareVersions(version, bad.from) >= 0),
  );
