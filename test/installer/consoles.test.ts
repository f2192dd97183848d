import { describe, expect, it } from 'vitest';
import { guessInstaller } from '../../core/installer/installers.ts';
import type { WatchSource } from '../../core/installer/recognisers.ts';
import { createInstallWatch } from '../../core/installer/watch.ts';
import type { InstallerName } from '../../core/model/lab.ts';

/** Stages of a console, as the build is told them. */
function stagesOf(installer: InstallerName, source: WatchSource, text: string): string[] {
  const watch = createInstallWatch(installer);
  const found = text.split('\n').flatMap((line, nth) => watch.line(line, source, nth * 100));
  expect(found.filter(({ kind }) => kind === 'stop')).toEqual([]);
  return found.flatMap(finding => (finding.kind === 'stage' ? `${finding.percent} ${finding.stage}` : []));
}

/** Lines that people published of their own installations, and between them some from the installers' sources; what repeats is left out. */
const ANACONDA = `Starting installer, one moment...
Starting automated install....
Progress
Setting up the installation environment
.
Creating disklabel on /dev/sda
.
Creating xfs on /dev/sda2
Creating lvmpv on /dev/sda3
Creating swap on /dev/mapper/centos-swap
Running pre-installation scripts
.
Starting package installation process
Installing libgcc (1/298)
Installing iwl5150-firmware (298/298)
Performing post-installation setup tasks
Installing boot loader
.
Performing post-installation setup tasks
Configuring installed system
Writing network configuration
Creating users
Generating initramfs
Running post-installation scripts
Installation complete.  Press return to quit`;

const SUBIQUITY = `start: subiquity/Early/run/command_0: systemctl stop ssh
start: subiquity/Install/install/configure_apt: configuring apt
finish: subiquity/Install/install/configure_apt: SUCCESS: configuring apt
start: subiquity/Install/install/curtin_install/run_curtin_step/cmd-install/stage-partitioning/builtin/cmd-block-meta: configuring disk: disk-sda
start: subiquity/Install/install/curtin_install/run_curtin_step/cmd-install/stage-extract/builtin/cmd-extract: acquiring and extracting image from cp:///tmp/tmpab/mount
start: subiquity/Install/install/curtin_install/run_curtin_step/cmd-install/stage-curthooks/builtin/cmd-curthooks/installing-kernel: installing kernel
start: subiquity/Install/install/curtin_install/run_curtin_step/cmd-install/stage-curthooks/builtin/cmd-curthooks/configuring-bootloader: configuring target system bootloader
start:    subiquity/Install/install/curtin_install/run_curtin_step/cmd-install/stage-curthooks/builtin/cmd-curthooks/install-grub: installing grub to target devices
finish:   subiquity/Install/install/curtin_install/run_curtin_step/cmd-install/stage-curthooks/builtin/cmd-curthooks/install-grub: installing grub to target devices
start:    subiquity/Install/install/postinstall: final system configuration
start:       subiquity/Install/install/postinstall/configure_cloud_init: configuring cloud-init
start: subiquity/Install/install/postinstall/install_openssh-server: installing openssh-server
finish: subiquity/Install/install/postinstall/run_unattended_upgrades: SUCCESS: downloading and installing security updates
subiquity_event.15919[15919]:   subiquity/Install/install/postinstall/run_unattended_upgrades: downloading and installing security updates
start: subiquity/Late/run/command_0: curtin in-target -- true`;

const OPENBSD = `Welcome to the OpenBSD/amd64 7.9 installation program.
Performing non-interactive install...
System hostname? (short form, e.g. 'foo') openbsd
/dev/rsd0a: 20476.0MB in 41934848 sectors of 512 bytes
Installing bsd          100% |**************************| 28007 KB    00:01
Installing bsd.mp       100% |**************************| 28139 KB    00:01
Installing base79.tgz   100% |**************************|   414 MB    00:54
Extracting etc.tgz      100% |**************************|   264 KB    00:00
Installing comp79.tgz   100% |**************************| 81512 KB    00:18
Installing man79.tgz    100% |**************************|  8406 KB    00:05
Installing xbase79.tgz  100% |**************************| 47835 KB    00:30
Extracting xetc.tgz     100% |**************************|  8772       00:00
Location of sets? (cd0 disk http nfs or 'done') [done]
Saving configuration files... done.
Making all device nodes... done.
Multiprocessor machine; using bsd.mp instead of bsd.
Relinking to create unique kernel... done.
CONGRATULATIONS! Your OpenBSD install has been successfully completed!`;

describe('the console of an installer that sends no log is told in stages', () => {
  it("Anaconda's text mode", () => {
    expect(stagesOf('anaconda', 'serial', ANACONDA)).toEqual([
      '4 Starting the installer',
      '8 Reading the kickstart',
      '12 Setting up the installation environment',
      '14 Partitioning',
      '20 Downloading packages',
      '40 Installing packages',
      '82 Installing packages',
      '86 Setting the new system up',
      '86 Installing the boot loader',
      '86 Setting the new system up',
      '90 Generating the initramfs',
      '95 Running post-installation scripts',
      '99 Finishing',
    ]);
  });

  it("Ubuntu's server installer, on the serial port", () => {
    expect(stagesOf('subiquity', 'serial', SUBIQUITY)).toEqual([
      '4 Running early commands',
      '10 Beginning the installation',
      '14 Partitioning',
      '20 Unpacking the system',
      '50 Installing the kernel',
      '66 Installing the boot loader',
      '72 Setting the new system up',
      '78 Installing packages',
      '85 Installing security updates',
      '95 Running late commands',
    ]);
  });

  it.each<WatchSource>(['serial', 'screen'])("OpenBSD's, on the %s", source => {
    expect(stagesOf('openbsd', source, OPENBSD)).toEqual([
      '4 Starting the installer',
      '6 Reading the answers',
      '12 Making the file systems',
      '15 Installing the kernel',
      '25 Installing the base system',
      '50 Installing the compilers',
      '65 Installing manuals and games',
      '70 Installing X',
      '86 Saving the configuration',
      '88 Making the device nodes',
      '92 Linking a kernel of its own',
      '99 Finishing',
    ]);
  });

  it('and the installer is known by what a recipe types and serves', () => {
    expect(guessInstaller(['linux /casper/vmlinuz autoinstall ds=nocloud;s=http://h/ ---'])).toBe('subiquity');
    expect(guessInstaller(['S<enter>', '/install.conf', '/disklabel'])).toBe('openbsd');
  });
});
