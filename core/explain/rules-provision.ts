import type { Rule, Where } from './rule.ts';

const OUTPUT: readonly Where[] = ['provisioner', 'failure'];
const PACKAGES: readonly Where[] = ['provisioner', 'failure', 'installer'];

/** What provisioners print when they fail. */
export const PROVISION_RULES: readonly Rule[] = [
  {
    name: 'sudo-password',
    where: OUTPUT,
    pattern: /sudo: (?:a (?:terminal|password) is required|no tty present|.*askpass)|Missing sudo password/i,
    reason: 'sudo asks for a password, which nobody can type.',
    tries: [
      'Give the user NOPASSWD in /etc/sudoers.d while it installs; sealing need not keep it.',
      'Or hand the password over: execute_command = "echo \'PASSWORD\' | sudo -S env {{ .Vars }} {{ .Path }}"',
    ],
  },
  {
    name: 'package-missing',
    where: PACKAGES,
    pattern:
      /E: Unable to locate package (\S+)|E: Package '([^']+)' has no installation candidate|(?:No match for argument|Unable to find a match): (\S+)|No package (\S+) available/,
    reason: 'There is no package {1}{2}{3}{4} in the repositories that the guest knows.',
    tries: [
      'Is the package index there? On Debian, run apt-get update in the same script.',
      'Check its name for this release, and whether its component (contrib, non-free, EPEL) is enabled.',
    ],
  },
  {
    name: 'package-hash',
    where: PACKAGES,
    pattern: /Hash Sum mismatch|File has unexpected size|checksum (?:doesn't|does not) match|Package .* corrupt/i,
    reason: 'A package is not what its index says: a mirror in the middle of its update, or a cache in between.',
    tries: ['Try again, or another mirror.', 'Leave the package cache out: `package_cache: false` in lab.yaml.'],
  },
  {
    name: 'package-signature',
    where: PACKAGES,
    pattern:
      /NO_PUBKEY (\S+)|is not signed|GPG check FAILED|The following signatures (?:were invalid|couldn't be verified)/,
    reason: 'A repository is not signed by a key that the guest trusts {1}.',
    tries: ["Add the repository's key before it is used.", "Is the guest's clock right? A key can be of the future."],
  },
  {
    name: 'package-index-old',
    where: PACKAGES,
    pattern:
      /E: Failed to fetch (\S+).*404|404 {1,2}Not Found.*(?:deb|rpm)|Release file .* (?:expired|is not valid yet)/,
    reason: 'The mirror no longer has a package that the index names: the index is older than the mirror.',
    tries: ['Run apt-get update (or dnf clean all) in the same script, before installing.'],
  },
  {
    name: 'package-lock',
    where: OUTPUT,
    pattern: /Could not get lock (\S+)|Another app is currently holding the yum lock|Waiting for process with pid/,
    reason: 'Another program installs packages at the same time {1}: updates that start by themselves.',
    tries: [
      'Wait for it: `while fuser /var/lib/dpkg/lock-frontend; do sleep 1; done`, or stop unattended-upgrades first.',
    ],
  },
  {
    name: 'no-name',
    where: [...OUTPUT, 'installer'],
    pattern:
      /Temporary failure (?:in name resolution|resolving '([^']+)')|Could not resolve (?:host:? )?'?([^\s']+)|bad address '([^']+)'|unable to resolve host address ?([^\s']+)/,
    reason: 'The guest cannot find the address of a name {1}{2}{3}{4}.',
    tries: [
      'Does this host find it, and does /etc/resolv.conf of the guest name 10.0.2.3 while it is built?',
      'A script that replaces resolv.conf has to run last.',
    ],
  },
  {
    name: 'no-route',
    where: OUTPUT,
    pattern: /Connection (?:timed out|refused)|No route to host|Network is unreachable/,
    codes: ['provision-failed'],
    reason: 'The guest cannot reach a server.',
    tries: ['Is a proxy needed? Set http_proxy in the provisioner.', 'Try it by hand: goldsmith ssh BUILD'],
  },
  {
    name: 'certificate',
    where: OUTPUT,
    pattern: /certificate (?:verify failed|is not yet valid|has expired)|SSL certificate problem: (.*)/i,
    reason: 'A server certificate is not believed {1}.',
    tries: [
      "Is the guest's clock right (`date`)?",
      "Install ca-certificates first, and the proxy's own where there is one.",
    ],
  },
  {
    name: 'windows-lines',
    where: OUTPUT,
    // The carriage return itself starts a new line of output: what stands before it is gone.
    pattern: /\$'\\r'|\^M|bad interpreter|^: (?:command )?not found|[Ii]llegal option -$/,
    reason: 'The script has line ends of Windows.',
    tries: [
      'Write it with LF, and let git do so: `*.sh text eol=lf` in .gitattributes. `binary = false` converts it too.',
    ],
  },
  {
    name: 'guest-disk-full',
    where: [...OUTPUT, 'installer', 'seal'],
    pattern: /No space left on device|not enough free (?:disk )?space|You don't have enough free space/i,
    reason: "The guest's disk is full.",
    tries: [
      'Make disk_size larger, or a partition in the answers.',
      'Remove caches in the guest before: apt-get clean.',
    ],
  },
  {
    name: 'read-only',
    where: OUTPUT,
    pattern: /Read-only file system/,
    reason: 'A file system of the guest can only be read: so it is mounted, or it was found damaged.',
    tries: ['Look at the kernel log (`dmesg | tail`): goldsmith ssh BUILD', 'Go back to an earlier checkpoint.'],
  },
  {
    name: 'out-of-memory',
    where: [...OUTPUT, 'serial'],
    pattern: /Out of memory: Killed process \d+ \(([^)]+)\)|Cannot allocate memory|^Killed$|can't fork|out of memory/i,
    reason: 'The guest ran out of memory {1}.',
    tries: ['Give it more while it is built: `machine: {memory: 2G}` in lab.yaml; the image does not depend on it.'],
  },
  {
    name: 'ansible-unreachable',
    where: OUTPUT,
    pattern: /UNREACHABLE!|Failed to connect to the host via ssh/,
    reason: 'Ansible lost the guest, or cannot log in to it.',
    tries: [
      'A task that reboots needs the module `reboot`, or `async` and `wait_for_connection` after it.',
      'Are user and become of the playbook those of the recipe?',
    ],
  },
  {
    name: 'ansible-python',
    where: OUTPUT,
    pattern: /\/usr\/bin\/python\S*: (?:not found|No such file)|The module interpreter '([^']+)' was not found/,
    reason: 'The guest has no Python, which Ansible needs.',
    tries: ['Install python3 in the answers, or by a shell provisioner before.', 'The module `raw` needs none.'],
  },
  {
    name: 'ansible-syntax',
    where: OUTPUT,
    pattern:
      /ERROR! (.+)|\[ERROR\]: (.*(?:YAML|couldn't resolve|not found|could not be found).*)|^fatal: .*Syntax Error/,
    reason: 'Ansible does not take the playbook: {1}{2}',
    tries: ['`ansible-playbook --syntax-check PLAYBOOK` says where, without a guest.'],
  },
  {
    name: 'ansible-task',
    where: OUTPUT,
    pattern: /^fatal: \[[^\]]+\]: FAILED! => (.{0,300})/,
    reason: 'A task of the playbook failed.',
    tries: ['Mend it and retry: the machine goes back to where it was before the playbook.'],
  },
  {
    name: 'program-missing',
    where: OUTPUT,
    pattern: /(?:^|[ :])([\w./+-]+): (?:command )?not found\b|exec: "([^"]+)": executable file not found/,
    reason: 'The guest has no program {1}{2}.',
    tries: ['Install its package first; in scripts for root, is its folder (/usr/sbin) in PATH?'],
  },
  {
    name: 'permission',
    where: OUTPUT,
    pattern: /(?:^|[ '"])([^\s'"]+)['"]?: Permission denied|Operation not permitted|are you root\?/i,
    codes: ['provision-failed'],
    reason: 'The user that the provisioner runs as may not do that {1}.',
    tries: ['Run the script as root: execute_command = "sudo env {{ .Vars }} {{ .Path }}"'],
  },
  {
    name: 'file-missing',
    where: OUTPUT,
    steps: ['provision', 'post-process'], // of this host's own files other rules, or nobody, knows better
    pattern: /(?:^|[ '"])((?:\/|\.)[^\s'":]+)['"]?: No such file or directory|Cannot read (\S+): ENOENT/,
    reason: 'There is no {1}{2}.',
    tries: ['Does an earlier provisioner make it, or copy it to where it is looked for?'],
  },
  {
    name: 'provisioner-time',
    where: ['failure'],
    pattern: /(?:took longer than|timed out|within) (\S+ ?\w*)/i,
    codes: ['provision-failed', 'timed-out'],
    steps: ['provision'],
    reason: 'A provisioner took longer than it may.',
    tries: ['Does it wait for an answer that nobody gives (a dialog, a prompt)?', 'Make its `timeout` longer.'],
  },
];
