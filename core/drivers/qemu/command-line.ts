import type { ArgumentGroup } from '../../machine/arguments.ts';
import { BOOT_INDEX, bootArguments } from '../../machine/boot.ts';
import { type ConsoleSockets, consoleArguments } from '../../machine/console.ts';
import { diskArguments } from '../../machine/disk.ts';
import { entropyArguments } from '../../machine/entropy.ts';
import { firmwareArguments } from '../../machine/firmware.ts';
import { nicArguments } from '../../machine/network.ts';
import { processorArguments } from '../../machine/processor.ts';
import { cdromArguments, floppyArguments } from '../../machine/removable.ts';
import { tpmArguments } from '../../machine/tpm.ts';
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
/** The bridge helper is a program QEMU starts and that needs its own privileges. */
const HARDENING_WITH_BRIDGE = ['-nodefaults', '-no-user-config', '-S'];

/**
 * The QEMU arguments of a machine, each device from its own file. A switch in the recipe's `qemuargs` replaces our
 * use of that switch, as it would Packer's.
 */
export function qemuArguments(machine: Machine, sockets: Sockets): string[] {
  const replaced = new Set(machine.extraArgs.filter(argument => argument.startsWith('-')));
  const hasBridge = machine.nics.some(nic => nic.kind === 'bridge');
  return [
    ...['-name', `guest=${machine.name}`],
    ...(hasBridge ? HARDENING_WITH_BRIDGE : HARDENING),
    ...groups(machine, sockets)
      .filter(group => !replaced.has(group.owner))
      .flatMap(group => group.args),
    ...machine.extraArgs,
  ];
}

function groups(machine: Machine, sockets: Sockets): ArgumentGroup[] {
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
