import type { StageReading } from './installers.ts';
import type { Recogniser } from './recognisers.ts';

/**
 * What Anaconda says of its own progress, in its text mode and in the log that it forwards, with percent of the whole
 * installation. The lines are those of its sources (pyanaconda); the percents are estimates, as none could be measured here.
 */
const STAGES: readonly [pattern: RegExp, id: string, title: string, percent: number][] = [
  [/Starting installer, one moment/, 'start', 'Starting the installer', 4],
  [/Starting automated install/, 'automated', 'Reading the kickstart', 8],
  [/Checking storage configuration/, 'storage-check', 'Checking the storage configuration', 10],
  [/Setting up the installation environment/, 'environment', 'Setting up the installation environment', 12],
  [/Configuring storage|Creating (?:disklabel|xfs|ext4|efi|biosboot|lvmpv) on /, 'storage', 'Partitioning', 14],
  [/Starting package installation process|Downloading packages/, 'download', 'Downloading packages', 20],
  [/Preparing transaction from installation source/, 'transaction', 'Preparing the transaction', 35],
  [/Installing boot loader/, 'boot-loader', 'Installing the boot loader', 84],
  [/Performing post-installation setup tasks/, 'post-setup', 'Setting the new system up', 86],
  [/Generating initramfs|Configuring kernel/, 'initramfs', 'Generating the initramfs', 90],
  [/Running post-installation scripts/, 'post', 'Running post-installation scripts', 95],
  [/Installation complete/, 'complete', 'Finishing', 99],
];

/** `Installing bash.x86_64 (12/400)`: from 40 to 82 percent. */
const PACKAGE = /(?:Installing|Installed:?) \S+ \((\d+)\/(\d+)\)/;

/** Follows one installation; percent never goes backwards. */
export function createAnacondaStages(): (text: string) => StageReading | undefined {
  let percent = 0;
  const at = (id: string, stage: string, now: number): StageReading => {
    percent = Math.max(percent, now);
    return { id, stage, percent: Math.floor(percent) };
  };
  return text => {
    const [, nth, all] = PACKAGE.exec(text) ?? [];
    if (nth !== undefined && Number(all) > 0)
      return at('packages', 'Installing packages', 40 + (42 * Number(nth)) / Number(all));
    const found = STAGES.find(([pattern]) => pattern.test(text));
    return found && at(found[1], found[2], found[3]);
  };
}

export const ANACONDA_RECOGNISERS: Recogniser[] = [
  {
    name: 'anaconda-kickstart',
    pattern: /error occurred while parsing the kickstart file|kickstart file error|KickstartParseError: (.*)/i,
    when: 'now',
    code: 'installer-stopped',
    reason: 'Anaconda cannot read the kickstart. {1}',
    hint: 'The lines around it name the line of the kickstart; goldsmith lint --version RELEASE finds most of these before.',
  },
  {
    name: 'anaconda-script',
    pattern: /There was an error running the kickstart script at line (\d+)/,
    when: 'now',
    code: 'installer-stopped',
    reason: 'The script at line {1} of the kickstart failed, and it has --erroronfail.',
    hint: 'Its output is in the log before this line.',
  },
  {
    name: 'anaconda-asks',
    pattern: /Please make a selection from the above|Please select: |\['?b'? to begin installation/,
    when: 'now',
    code: 'installer-stopped',
    reason: 'Anaconda asks: the kickstart leaves something open.',
    hint: 'The screen marks it with [!]; goldsmith lint says what an unattended install needs.',
  },
  {
    name: 'anaconda-unknown',
    pattern: /An unknown error has occurr?ed|Pane is dead/, // spelt so by RHEL 9
    when: 'now',
    code: 'installer-stopped',
    reason: 'Anaconda ended with an error of its own.',
    hint: 'The lines before it, and the screen, say which; too little memory is the usual cause (3 GiB from the network).',
  },
  {
    name: 'anaconda-payload',
    pattern:
      /error occurred while (?:installing|setting up) the payload|There was an error installing the \S+ package|software marked for installation has errors/,
    when: 'quiet',
    quietMs: 3000, // what it was is said after it
    until: /(?!)/,
    isGeneric: true,
    code: 'installer-stopped',
    reason: 'Anaconda could not install the packages.',
    hint: 'Check url and repo of the kickstart, the names in %packages, and the size of the disk.',
  },
  {
    name: 'anaconda-boot-loader',
    pattern: /error occurred while installing the boot loader/,
    when: 'now',
    code: 'installer-stopped',
    reason: 'The boot loader could not be installed, and Anaconda asks whether to go on without it.',
    hint: 'Check bootloader and the partitions of the kickstart: UEFI wants /boot/efi, GPT with BIOS a biosboot; reqpart makes them.',
  },
  {
    name: 'anaconda-stage2',
    pattern: /dracut-initqueue.*timeout, still waiting|dracut: FATAL: .*(?:stage2|root)/i,
    when: 'now',
    code: 'installer-stopped',
    reason: 'The installer did not find its second stage.',
    hint: 'It looks on the ISO it was booted from: is that a whole boot ISO? Else give inst.stage2= or inst.repo= on the kernel line.',
  },
  {
    name: 'anaconda-packages',
    pattern: /(?:Failed to download|Error downloading packages|No match for argument|DNF error)[: ]+(.*)/,
    when: 'cause',
    code: 'installer-stopped',
    reason: 'The packages cannot be had or installed: {1}',
    hint: 'Check url and repo of the kickstart, and the names in %packages.',
  },
];
