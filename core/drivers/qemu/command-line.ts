import type { ArgumentGroup } from '../../machine/arguments.ts';
import { BOOT_INDEX, bootArguments } from '../../machine/boot.ts';
import { type ConsoleSockets, consoleArguments } from '../../machine/console.ts';
import { diskArguments } from '../../machine/disk.ts';
import { entropyArguments } from '../../machine/entropy.ts';
import { firmwareArguments } from '../../machine/firmware.ts';
import { nicArguments } from '../../machine/network.ts';
import { processorArguments } from '../../machine/processor.ts';
import { cdromArguments, floppyArguments } from '../../machine/removable.ts';
import { tpmArguments, tpmBackend } from '../../machine/tpm.ts';
import type { Machine } from '../../model/machine.ts';

export interface Sockets extends ConsoleSockets {
  tpm: string;
}

/** No defaults, no user configuration, no new privileges, and stopped until the monitor says `cont`. */
const HARDENING = [
  '-nodefaults',
  '-no-user-config',
  '-sandbox',
  'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny',
  '-S',
];
/** A recipe that describes its own devices was written for QEMU's defaults: a screen, a keyboard, its machine's buses. */
const withDefaults = (switches: string[]): string[] => switches.filter(name => name !== '-nodefaults');
/** The bridge helper is a program QEMU starts and that needs its own privileges. */
const HARDENING_WITH_BRIDGE = ['-nodefaults', '-no-user-config', '-S'];

/**
 * The QEMU arguments of a machine, each device from its own file. A switch in the recipe's `qemuargs` replaces our
 * use of that switch, as it would Packer's.
 */
export function qemuArguments(machine: Machine, sockets: Sockets): string[] {
  const replaced = new Set(machine.extraArgs.filter(argument => argument.startsWith('-')));
  const hasHelper = machine.nics.some(nic => nic.kind === 'bridge') || machine.extraArgs.some(isHelperStarted);
  const hardening = hasHelper ? HARDENING_WITH_BRIDGE : HARDENING;
  return [
    ...['-name', `guest=${machine.name}`],
    ...(machine.hasOwnDevices ? withDefaults(hardening) : hardening),
    ...groups(machine, sockets)
      .filter(group => !replaced.has(group.owner))
      .flatMap(group => group.args),
    ...machine.extraArgs,
  ];
}

/** Networks for which QEMU starts a program that needs its own privileges. */
const isHelperStarted = (argument: string): boolean => /^(tap|bridge)\b|helper=|script=/.test(argument);

function groups(machine: Machine, sockets: Sockets): ArgumentGroup[] {
  if (machine.hasOwnDevices) return groupsWithoutDevices(machine, sockets);
  return [
    ...processorArguments(machine),
    ...firmwareArguments(machine.firmware),
    ...machine.disks.map((disk, nth) => diskArguments(disk, BOOT_INDEX.disk + nth)),
    ...machine.cdroms.map((cd, nth) => cdromArguments(cd, BOOT_INDEX.cdrom + nth)),
    ...machine.floppies.map(floppyArguments),
    ...machine.nics.flatMap(nicArguments),
    ...consoleArguments(sockets, machine.serialLog),
    entropyArguments(),
    ...(machine.tpm ? [tpmArguments(machine.tpm, sockets.tpm)] : []),
    ...bootArguments(machine),
  ];
}

const OURS_BESIDE_DEVICES: ReadonlySet<string> = new Set(['-machine', '-accel', '-cpu']);

function groupsWithoutDevices(machine: Machine, sockets: Sockets): ArgumentGroup[] {
  return [
    ...processorArguments(machine).filter(({ owner }) => OURS_BESIDE_DEVICES.has(owner)),
    ...consoleArguments(sockets, machine.serialLog).filter(({ owner }) => owner !== '-vga'),
    ...(machine.tpm ? [tpmBackend(sockets.tpm)] : []),
    ...bootArguments(machine),
  ];
}
