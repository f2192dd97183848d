import type { Rule } from './rule.ts';

/** The guest, its installer, the way into it, and what is done with its image at the end. */
export const GUEST_RULES: readonly Rule[] = [
  {
    name: 'panic',
    where: ['serial', 'failure', 'screen'],
    pattern: /Kernel panic - not syncing: (.*?)(?: ---\[.*)?$/,
    reason: "The guest's kernel panicked: {1}",
    tries: [
      'Go back to the checkpoint before; if it happens again there, it is what is done then.',
      '"Unable to mount root fs": root= on the kernel line, the initramfs and the disk driver have to fit together.',
      '`goldsmith doctor` knows versions of QEMU that make guests panic.',
    ],
  },
  {
    name: 'answers-refused',
    where: ['request'],
    pattern: /^\S+ (\S+) (4\d\d|5\d\d)$/,
    codes: ['installer-stopped', 'guest-unreachable', 'timed-out'],
    steps: ['install', 'boot', 'connect'],
    reason: 'The guest asked for {1}, which is not served ({2}).',
    tries: [
      'Is the file in http_directory, and written the same in the boot command? `goldsmith plan` lists what is served.',
    ],
  },
  {
    name: 'answers-never-fetched',
    where: ['failure'],
    pattern: /.*/,
    codes: ['installer-stopped', 'guest-unreachable', 'timed-out'],
    steps: ['install', 'connect'],
    isTrue: ({ answersFetched, said }) => answersFetched === 0 && !said.some(({ where }) => where === 'request'),
    reason: 'The guest never asked for its answers.',
    tries: [
      'Look at its screen (`goldsmith film BUILD`): does the menu still stand there? Then the keys came too early or did not fit.',
      'Wait for the menu instead of a time: `boot_sync: true` in lab.yaml.',
      'Does the kernel line name the address ({{ .HTTPIP }}:{{ .HTTPPort }}), and has the guest a network card it knows?',
    ],
  },
  {
    name: 'no-lease',
    where: ['installer', 'serial', 'failure'],
    pattern:
      /no lease, failing|No DHCPOFFERS received|no address by DHCP|Network autoconfiguration failed|no network card was found/i,
    reason: 'The guest got no address: it has no network card that it knows, or nobody answers its DHCP.',
    tries: ['Is there a driver for net_device in the installer? virtio-net and e1000 nearly always have one.'],
  },
  {
    name: 'installer-command',
    where: ['installer', 'failure'],
    pattern:
      /(?:late|early)_command.*?(?:failed|ended|returned|status|exit|error code)|Failed to run preseeded command/i,
    codes: ['installer-stopped'],
    reason: 'A command of the answers (late_command, early_command) failed.',
    tries: [
      'Mend the script that it fetches and go back to before it ran: goldsmith rewind BUILD "before late_command"',
      'What stands in the answers themselves is only read again from: goldsmith rewind BUILD "before the answers"',
      "In Debian's late_command, programs of the new system need in-target.",
    ],
  },
  {
    name: 'disk-small',
    where: ['installer', 'failure', 'serial'],
    pattern:
      /too small|not enough space|No space left on device|unable to satisfy all constraints|partition .*bigger than/i,
    codes: ['installer-stopped', 'timed-out'],
    reason: 'The disk is too small for what is to be on it.',
    tries: ['Make disk_size larger, or the partitions of the answers smaller.'],
  },
  {
    name: 'no-disk',
    where: ['installer', 'failure', 'serial', 'screen'],
    pattern:
      /no disk (?:was )?(?:drive )?(?:found|detected)|No root file system|(\/dev\/\S+) does not exist|no such disk/i,
    codes: ['installer-stopped', 'guest-unreachable', 'timed-out'],
    reason: 'The installer finds no disk {1}.',
    tries: ['Do the answers name the disk as the machine has it: /dev/vda with virtio, /dev/sda with sata or scsi?'],
  },
  {
    name: 'boot-loop',
    where: ['serial'],
    pattern: /\bLinux version \d/,
    codes: ['guest-unreachable', 'timed-out', 'installer-stopped'],
    isTrue: ({ boots }) => boots >= 3,
    reason: 'The guest boots again and again.',
    tries: [
      'What is the last line on the serial console before each boot? goldsmith log BUILD --source serial',
      'If it is the installer each time, the CD still comes before the disk.',
    ],
  },
  {
    name: 'sshd-failed',
    where: ['serial'],
    pattern:
      /Failed to start (?:ssh|OpenSSH|OpenBSD Secure Shell)|sshd.*(?:fatal|Missing privilege separation|no hostkeys available)/i,
    reason: "The guest's SSH server does not start.",
    tries: ['Are there host keys (`ssh-keygen -A`), and does sshd -t take its configuration? goldsmith console BUILD'],
  },
  {
    name: 'login-refused',
    where: ['failure'],
    pattern: /.*/,
    codes: ['guest-auth'],
    reason: 'The guest is there, but does not let the build in.',
    tries: [
      'Do the answers put {{ .SSHPublicKey }} into authorized_keys of ssh_username (0600, its folder 0700, both of that user)?',
      'Root needs PermitRootLogin prohibit-password; with a password, PasswordAuthentication yes.',
    ],
  },
  {
    name: 'host-key',
    where: ['failure'],
    pattern: /.*/,
    codes: ['host-key-changed'],
    reason: 'The SSH server shows another key than the guest had.',
    tries: [
      'Does a script make new host keys (`ssh-keygen -A`, cloud-init) during the build? Leave that to the first boot.',
    ],
  },
  {
    name: 'nobody-answers',
    where: ['failure'],
    pattern: /.*/,
    codes: ['guest-unreachable'],
    steps: ['connect'],
    reason: 'Nobody answers on the SSH port of the guest.',
    tries: [
      'Is openssh-server installed and enabled, and does a firewall let port 22 in?',
      'Has the guest an address? Look at its console: goldsmith console BUILD',
    ],
  },
  {
    name: 'guest-gone',
    where: ['failure'],
    pattern: /powered itself off before|connection (?:was|is) (?:closed|lost)|The connection to the guest/i,
    steps: ['provision', 'seal'],
    reason: 'The guest went away while it was worked on: it powered off, restarted, or its SSH server stopped.',
    tries: [
      'A script that restarts needs `expect_disconnect = true`, and the next one `pause_before`.',
      'Look for the end of the serial log: goldsmith log BUILD --source serial',
    ],
  },
  {
    name: 'tests-failed',
    where: ['failure'],
    pattern: /(?:A test|tests?) failed: (.+)/i,
    codes: ['tests-failed'],
    reason: 'The image was made, but does not do what its tests want: {1}',
    tries: [
      'What the test printed: goldsmith log BUILD --source test',
      'Is it true of the image before it is sealed, too?',
    ],
  },
  {
    name: 'secret-leaked',
    where: ['failure'],
    pattern: /.*/,
    codes: ['secret-leaked'],
    reason: 'A key or secret of the build is still on the disk.',
    tries: [
      'Which file holds it? Sealing removes what it knows of: `seal: {extra: [SCRIPT]}` in lab.yaml removes the rest.',
    ],
  },
  {
    name: 'no-shutdown',
    where: ['failure'],
    pattern: /Shutting the guest down took longer/,
    reason: 'The guest was told to shut down and did not.',
    tries: ['Give the recipe a shutdown_command that works without a password: "sudo shutdown -P now".'],
  },
  {
    name: 'installer-question',
    where: ['failure'],
    pattern: /asks a question|question|\?\s*$/i,
    codes: ['installer-stopped'],
    reason: 'The installer asks something that its answers do not say.',
    tries: ['Its log names the question: add it to the answers, go back to "before the answers", and retry.'],
  },
  {
    name: 'installer-stopped',
    where: ['failure'],
    pattern: /.*/,
    codes: ['installer-stopped'],
    reason: 'The installation stopped.',
    tries: [
      'Mend the answers and go back: goldsmith rewind BUILD "before the answers"',
      'The lines before it: goldsmith log BUILD --source installer',
    ],
  },
];
