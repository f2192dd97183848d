import type { StageReading, TurningPoint } from './installers.ts';

/**
 * One item of the Debian installer's main menu. `from` and `to` are percent of the whole installation: seconds
 * of a measured run of our own recipe under TCG (kernel to power-off), since what a person wants to know is the time left.
 * It installs all but the kernel with the base system; one that has tasksel do so jumps ahead there, and waits later.
 */
interface Stage {
  title: string;
  from: number;
  to: number;
  /** Lines that show work within the stage, and about how many of them there are. */
  work?: RegExp;
  lines?: number;
}

const UNPACKING = /(?:Unpacking|Setting up|Preparing to unpack|Retrieving|Validating|Extracting|Configuring) /;

/** By `Installer-Menu-Item` package, in the order they run. */
export const DEBIAN_STAGES: Record<string, Stage> = {
  localechooser: { title: 'Language', from: 0, to: 1 },
  'console-setup-udeb': { title: 'Keyboard', from: 1, to: 1 },
  'cdrom-detect': { title: 'Looking for the CD', from: 1, to: 2 },
  'iso-scan': { title: 'Looking for the ISO', from: 1, to: 2 },
  'file-preseed': { title: 'Reading the preseed from the medium', from: 2, to: 2 },
  'load-cdrom': {
    title: 'Loading components from the CD',
    from: 2,
    to: 3,
    work: /anna\[\d+\]: DEBUG: retrieving/,
    lines: 60,
  },
  'load-iso': { title: 'Loading components from the ISO', from: 2, to: 3 },
  ethdetect: { title: 'Detecting network hardware', from: 2, to: 3 },
  netcfg: { title: 'Configuring the network', from: 3, to: 4 },
  'network-preseed': { title: 'Fetching the preseed', from: 4, to: 5 },
  'choose-mirror': { title: 'Choosing a mirror', from: 5, to: 5 },
  'download-installer': {
    title: 'Downloading installer components',
    from: 5,
    to: 9,
    work: /anna\[\d+\]: DEBUG: retrieving/,
    lines: 65,
  },
  'user-setup-udeb': { title: 'Setting up users', from: 9, to: 9 },
  'clock-setup': { title: 'Setting up the clock', from: 9, to: 9 },
  'disk-detect': { title: 'Detecting disks', from: 9, to: 10 },
  'partman-base': { title: 'Partitioning', from: 10, to: 13 },
  'live-installer': { title: 'Copying the live system', from: 13, to: 80 },
  'bootstrap-base': { title: 'Installing the base system', from: 13, to: 80, work: UNPACKING, lines: 900 },
  'apt-setup-udeb': { title: 'Configuring apt', from: 80, to: 84 },
  pkgsel: { title: 'Installing packages', from: 84, to: 90, work: UNPACKING, lines: 150 },
  'systemd-boot-installer': { title: 'Installing the boot loader', from: 90, to: 97 },
  'grub-installer': { title: 'Installing the boot loader', from: 90, to: 97, work: UNPACKING, lines: 60 },
  nobootloader: { title: 'Continuing without a boot loader', from: 97, to: 97 },
  'finish-install': { title: 'Finishing', from: 97, to: 100, work: /finish-install: info: Running/, lines: 25 },
};

/** `preseed/late_command` runs while the installation is finished, after the boot loader. */
export const DEBIAN_TURNING_POINTS: Record<string, TurningPoint> = {
  'bootstrap-base': { name: 'partitioned' },
  'apt-setup-udeb': { name: 'base system installed' },
  'grub-installer': { name: 'before the boot loader' },
  'systemd-boot-installer': { name: 'before the boot loader' },
  'finish-install': { name: 'before late_command', isExact: true },
};

const SELECTED = /main-menu\[\d+\]: INFO: Menu item '([^']+)' selected/;

/** Follows one installation: stages by the main menu's own lines, percent never backwards. */
export function createDebianStages(): (text: string) => StageReading | undefined {
  let id = '';
  let stage: Stage | undefined;
  let seen = 0;
  let percent = 0;
  return text => {
    const selected = SELECTED.exec(text)?.[1];
    if (selected !== undefined) {
      [id, stage, seen] = [selected, DEBIAN_STAGES[selected], 0];
      percent = Math.max(percent, stage?.from ?? 0);
      return { id, stage: stage?.title ?? selected, percent: Math.floor(percent) };
    }
    if (!stage?.work?.test(text)) return undefined;
    seen++;
    percent = Math.max(percent, stage.from + (stage.to - stage.from) * Math.min(1, seen / (stage.lines ?? 1)));
    return { id, stage: stage.title, percent: Math.floor(percent) };
  };
}
