import { probeHost } from '../host/host.ts';
import { knownBad } from '../host/known-bad.ts';
import type { Check, Examination, Watch } from '../model/engine.ts';
import type { Stamped } from '../model/event.ts';
import type { AcceleratorFacts, HostFacts, ToolFacts } from '../model/host.ts';
import type { EngineDeps } from './deps.ts';
import { hasLibrary, libvirtChecks } from './doctor-libvirt.ts';
import { askLibvirts, libvirtUris } from './libvirts.ts';

/** A Debian installation with its clones and its release. */
const WANTED_DISK_MIB = 20 * 1024;
const WANTED_MEMORY_MIB = 4096;

/** Everything builds use, as a table with a fix for each gap. `canBuild` is false when QEMU or every accelerator is missing. */
export async function examine(deps: EngineDeps, { refresh }: { refresh: boolean }, watch: Watch): Promise<Examination> {
  let seq = 0;
  const onNote = (message: string): void =>
    watch.onEvent({ type: 'note', message, seq: ++seq, at: new Date().toISOString() } as Stamped);
  const facts = await probeHost({ home: deps.home, signal: watch.signal, refresh, onNote });
  const libvirts = hasLibrary(facts) ? await askLibvirts(await libvirtUris(deps, facts)) : [];
  const checks = [
    ...hostChecks(facts),
    ...libvirtChecks(facts, libvirts),
    ...acceleratorChecks(facts),
    ...firmwareChecks(facts),
    ...facts.tools.map(tool => toolCheck(tool, facts)),
  ];
  const hasAccelerator = facts.accelerators.some(({ state }) => state === 'proved' || state === 'unproved');
  return { checks, canBuild: facts.qemu !== undefined && hasAccelerator, libvirts };
}

function hostChecks({ system, freeDiskMiB, qemu }: HostFacts): Check[] {
  return [
    { area: 'host', what: `${system.distribution}, ${system.cpu.count} CPU, ${system.cpu.model}`, state: 'ok' },
    check(
      'host',
      `${Math.round(system.memoryMiB / 1024)} GiB memory`,
      system.memoryMiB >= WANTED_MEMORY_MIB,
      'Builds want 4 GiB.',
    ),
    check(
      'host',
      `${Math.round(freeDiskMiB / 1024)} GiB free for images`,
      freeDiskMiB >= WANTED_DISK_MIB,
      'Free 20 GiB, or set GOLDSMITH_HOME to another disk.',
    ),
    qemu
      ? { area: 'qemu', what: `QEMU ${qemu.version} (${qemu.path})`, state: 'ok' }
      : { area: 'qemu', what: 'QEMU', state: 'missing', fix: './goldsmith setup' },
  ];
}

const acceleratorChecks = ({ accelerators, qemu }: HostFacts): Check[] =>
  accelerators.map(entry => acceleratorCheck(entry, qemu?.version));

function acceleratorCheck({ accelerator, state, reason }: AcceleratorFacts, version: string | undefined): Check {
  const bad = version === undefined ? undefined : knownBad(version, accelerator);
  if (bad) return { area: 'accelerator', what: `${accelerator}: ${bad.problem}`, state: 'warning', fix: bad.hint };
  return { area: 'accelerator', what: `${accelerator}: ${reason}`, state: state === 'proved' ? 'ok' : 'warning' };
}

const firmwareChecks = ({ firmware }: HostFacts): Check[] => [
  firmware.length > 0
    ? { area: 'firmware', what: `UEFI: ${firmware[0]?.code ?? ''}`, state: 'ok' }
    : { area: 'firmware', what: 'UEFI firmware', state: 'missing', fix: './goldsmith setup' },
];

function toolCheck(
  { check: name, purpose, path, version, isTooOld, packages, group }: ToolFacts,
  { system }: HostFacts,
): Check {
  const what = `${name.split(/[|>]/)[0]}: ${purpose}${version ? ` (${version})` : ''}`;
  if (path !== undefined && !isTooOld) return { area: 'tools', what, state: 'ok' };
  const names = system.packageManager ? packages[system.packageManager] : undefined;
  const fix = names ? INSTALL[system.packageManager ?? 'apt'](names.join(' ')) : './goldsmith setup';
  return { area: 'tools', what, state: group === 'test' ? 'warning' : 'missing', fix };
}

const INSTALL = {
  apt: (names: string) => `apt-get install ${names}`,
  dnf: (names: string) => `dnf install ${names}`,
  pacman: (names: string) => `pacman -S ${names}`,
} as const;

const check = (area: string, what: string, isEnough: boolean, fix: string): Check =>
  isEnough ? { area, what, state: 'ok' } : { area, what, state: 'warning', fix };
