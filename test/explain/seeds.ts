import type { BuildEvent, LineSource, StepName } from '../../core/model/event.ts';
import type { FailureCode } from '../../core/model/failure.ts';

/** A failure as builds of real recipes tell it, and the rule that has to know it. */
export interface Seed {
  rule: string;
  code: FailureCode;
  step: StepName;
  /** The failure's own words. */
  message: string;
  lastLines?: string[];
  told?: BuildEvent[];
}

const said = (source: LineSource, ...lines: string[]): BuildEvent[] =>
  lines.map(line => ({ type: 'line', source, line }));

const asked = (path: string, status: number): BuildEvent => ({
  type: 'request',
  method: 'GET',
  path,
  status,
  bytes: 0,
  ms: 1,
});

const script = (rule: string, ...lines: string[]): Seed => ({
  rule,
  code: 'provision-failed',
  step: 'provision',
  message: 'Provisioner 2 (shell, web.pkr.hcl:9) failed: setup.sh ended with 1.',
  told: [{ type: 'note', message: 'Provisioner 2/3: shell, web.pkr.hcl:9' }, ...said('provisioner', ...lines)],
});

const qemu = (rule: string, message: string, ...lastLines: string[]): Seed => ({
  rule,
  code: 'qemu-failed',
  step: 'install',
  message,
  lastLines,
});

const install = (rule: string, message: string, ...told: BuildEvent[]): Seed => ({
  rule,
  code: 'installer-stopped',
  step: 'install',
  message,
  told: [asked('/preseed.cfg', 200), ...told],
});

const ofCode = (rule: string, code: FailureCode, step: StepName, message: string, ...told: BuildEvent[]): Seed => ({
  rule,
  code,
  step,
  message,
  told,
});

export const SEEDS: readonly Seed[] = [
  qemu('qemu-killed', 'The virtual machine died: QEMU was ended by SIGKILL.'),
  qemu('qemu-crashed', 'The virtual machine died: QEMU was ended by SIGSEGV.'),
  qemu(
    'qemu-memory',
    'QEMU did not start: cannot set up guest memory',
    "cannot set up guest memory 'pc.ram': Cannot allocate memory",
  ),
  qemu(
    'qemu-lock',
    'QEMU did not start: status 1',
    'Failed to get "write" lock',
    'Is another process using the image [disk0.raw]?',
  ),
  qemu('qemu-kvm', 'QEMU did not start: status 1', 'Could not access KVM kernel module: Permission denied'),
  qemu(
    'qemu-option',
    'QEMU did not start: status 1',
    "-device virtio-nett: 'virtio-nett' is not a valid device model name",
  ),
  ofCode('host-disk-full', 'disk-full', 'disk', 'No space is left for the disk of the build.'),
  ofCode('source-unreachable', 'source-unreachable', 'source', 'None of 2 sources can be had.'),
  ofCode('checksum', 'checksum-mismatch', 'source', 'debian.iso is not the file that its checksum names.'),
  script('sudo-password', 'sudo: a terminal is required to read the password; either use the -S option'),
  script('package-missing', 'Reading package lists...', 'E: Unable to locate package nginx-fulll'),
  script('package-hash', 'E: Failed to fetch http://mirror.example.org/x.deb  Hash Sum mismatch'),
  script('package-signature', 'W: GPG error: http://repo InRelease: NO_PUBKEY 871920D1991BC93C'),
  script(
    'package-index-old',
    'E: Failed to fetch http://mirror.example.org/x_1.2_amd64.deb  404  Not Found [IP: 1.2.3.4 80]',
  ),
  script(
    'package-lock',
    'E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 812 (unattended-upgr)',
  ),
  script('no-name', 'curl: (6) Could not resolve host: artefacts.corp'),
  script('no-route', 'curl: (7) Failed to connect to 10.9.9.9 port 443: Connection refused'),
  script('certificate', 'curl: (60) SSL certificate problem: unable to get local issuer certificate'),
  script('windows-lines', "/tmp/script_1.sh: line 2: $'\\r': command not found"),
  script('guest-disk-full', 'dd: error writing /x: No space left on device'),
  script('read-only', 'touch: /etc/x: Read-only file system'),
  script('out-of-memory', 'dpkg: unrecoverable fatal error: fork failed: Cannot allocate memory'),
  script('ansible-unreachable', 'fatal: [default]: UNREACHABLE! => {"msg": "Failed to connect to the host via ssh"}'),
  script('ansible-python', '/bin/sh: 1: /usr/bin/python3: not found'),
  script('ansible-syntax', 'ERROR! the role "web" was not found in /lab/roles'),
  script('ansible-task', 'TASK [install]', 'fatal: [default]: FAILED! => {"changed": false, "msg": "no such group"}'),
  script('program-missing', '/tmp/script_1.sh: line 4: jq: command not found'),
  script('permission', "touch: cannot touch '/etc/x': Permission denied"),
  script('file-missing', 'cat: /opt/app/version: No such file or directory'),
  {
    ...script('provisioner-time'),
    code: 'timed-out',
    message: 'Provisioner 2 (shell, web.pkr.hcl:9) took longer than 300 s.',
  },
  ofCode(
    'panic',
    'guest-panicked',
    'connect',
    'The guest kernel panicked.',
    ...said('serial', '[  2.1] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)'),
  ),
  ofCode('answers-refused', 'installer-stopped', 'install', 'The installer stopped.', asked('/presed.cfg', 404)),
  ofCode('answers-never-fetched', 'guest-unreachable', 'connect', 'The guest did not answer over SSH within 300 s.', {
    type: 'note',
    message: 'The boot command is typed.',
  }),
  install('no-lease', 'The installer stopped.', ...said('installer', 'udhcpc: no lease, failing')),
  install(
    'installer-command',
    'The installer stopped.',
    ...said('installer', 'log-output: preseed late_command failed with exit code 1'),
  ),
  install('installer-command', 'The installer shows an error: Failed to run preseeded command.'),
  install('disk-small', 'The installer stopped: the disk is too small.'),
  install('no-disk', 'The installer stopped: /dev/sda does not exist'),
  ofCode(
    'boot-loop',
    'guest-unreachable',
    'connect',
    'The guest did not answer over SSH within 300 s.',
    asked('/ks.cfg', 200),
    ...said('serial', ...Array(3).fill('[    0.000000] Linux version 6.12.0')),
  ),
  ofCode(
    'sshd-failed',
    'guest-unreachable',
    'connect',
    'The guest did not answer.',
    asked('/ks.cfg', 200),
    ...said('serial', '[FAILED] Failed to start ssh.service - OpenBSD Secure Shell server.'),
  ),
  ofCode('login-refused', 'guest-auth', 'connect', 'The guest refused the login as debian.'),
  ofCode('host-key', 'host-key-changed', 'connect', 'The SSH server shows another host key.'),
  ofCode('nobody-answers', 'guest-unreachable', 'connect', 'The guest did not answer over SSH.', asked('/ks.cfg', 200)),
  ofCode(
    'guest-gone',
    'guest-unreachable',
    'provision',
    'The guest powered itself off before the build was done with it.',
  ),
  ofCode('tests-failed', 'tests-failed', 'test', 'A test failed: has nginx.'),
  ofCode('secret-leaked', 'secret-leaked', 'candidate', "1 trace(s) of the build's keys or secrets are in the image."),
  ofCode('no-shutdown', 'timed-out', 'shutdown', 'Shutting the guest down took longer than 300 s.'),
  install(
    'installer-question',
    'The installer is silent in the stage "Partitioning", which takes seconds: it asks a question.',
  ),
  install('installer-stopped', 'The installer stopped: something unheard of'),
];
