import { access, constants } from 'node:fs/promises';
import type { Problem } from '../../model/failure.ts';
import type { Machine } from '../../model/machine.ts';

const USE_QEMU = 'Build it with --driver qemu.';
/** Switches that may stand beside what libvirt writes: they add, and replace nothing of it. */
const ADDED: ReadonlySet<string> = new Set([
  '-device',
  '-global',
  '-object',
  '-smbios',
  '-rtc',
  '-fw_cfg',
  '-set',
  '-d',
]);

/** Everything that libvirt cannot do of a machine, and files that are not there. */
export async function machineProblems(machine: Machine): Promise<Problem[]> {
  const files = [...machine.disks, ...machine.cdroms, ...machine.floppies].map(({ path }) => path);
  const missing = await Promise.all(files.map(async file => ((await isReadable(file)) ? [] : [file])));
  return [
    ...missing
      .flat()
      .map((file): Problem => ({ code: 'not-found', severity: 'error', message: `${file} cannot be read.` })),
    ...unsupported(machine),
  ];
}

function unsupported({ hasOwnDevices, extraArgs, disks, binary }: Machine): Problem[] {
  const replaced = extraArgs.filter(argument => argument.startsWith('-') && !ADDED.has(argument));
  const wrong: [isWrong: boolean, message: string][] = [
    [hasOwnDevices === true, 'The recipe describes its own devices in qemuargs, which libvirt cannot take over.'],
    [
      hasOwnDevices !== true && replaced.length > 0,
      `The recipe's qemuargs replace what libvirt writes itself: ${replaced.join(', ')}.`,
    ],
    [disks.some(disk => disk.interface === 'sd'), 'libvirt has no SD cards for such machines.'],
    [binary !== undefined, `The recipe's qemu_binary ${binary} would have to be libvirt's emulator.`],
  ];
  return wrong.flatMap(([isWrong, message]) =>
    isWrong ? [{ code: 'unsupported', severity: 'error', message, hint: USE_QEMU } satisfies Problem] : [],
  );
}

const isReadable = (file: string): Promise<boolean> =>
  access(file, constants.R_OK).then(
    () => true,
    () => false,
  );
