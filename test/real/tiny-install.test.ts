import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../core/exec.ts';
import { makeBuildKeys } from '../../core/guest/keys.ts';
import { extractFromIso } from '../../core/media/iso.ts';
import { makeNoCloudSeed } from '../../core/media/seed.ts';
import { makeTinyIso } from '../../core/media/tiny/iso.ts';
import { TINY_INITRD, TINY_KERNEL } from '../../core/media/tiny/medium.ts';
import { goldsmithHome } from '../../core/store/paths.ts';
import { runsAll } from '../extent.ts';
import { SLOW } from '../patience.ts';
import { until } from './goldsmith.ts';
import { type Helpers, type PlainVm, startHelpers, startPlainVm } from './tiny-vm.ts';

const OVMF = { code: '/usr/share/OVMF/OVMF_CODE_4M.fd', vars: '/usr/share/OVMF/OVMF_VARS_4M.fd' };
const dir = mkdtempSync(path.join(tmpdir(), 'tiny-'));
const file = (name: string) => path.join(dir, name);
const keys = makeBuildKeys('test');
const other = makeBuildKeys('other');
const signal = new AbortController().signal;
const cacheDir = path.join(goldsmithHome().cache, 'media');
const running = new Set<PlainVm>();
let helpers: Helpers;
let sha256: string;

const make = (out: string, cache: string) => makeTinyIso({ out, cacheDir: cache, signal, emit: () => {} });

beforeAll(async () => {
  mkdirSync(cacheDir, { recursive: true });
  ({ sha256 } = await make(file('tiny.iso'), cacheDir));
  await extractFromIso(file('tiny.iso'), TINY_KERNEL, file('kernel'));
  await extractFromIso(file('tiny.iso'), TINY_INITRD, file('initrd'));
  writeFileSync(file('key'), keys.clientKey.privateKey, { mode: 0o600 });
  writeFileSync(file('other-key'), other.clientKey.privateKey, { mode: 0o600 });
  helpers = await startHelpers({
    '/a/answers.cfg': [
      '# A comment, and a line end as Windows writes it.',
      'hostname=from-answers\r',
      'root_keys_url=keys',
      'host_key_url=host_key',
      'file=keys /etc/a-file 600',
      'late_command=echo done >/etc/late; sync',
      'finish=poweroff',
    ].join('\n'),
    '/a/keys': `${keys.clientKey.publicLine}\n`,
    '/a/host_key': keys.hostKey.privateKey,
    '/a/host_key.pub': `${keys.hostKey.publicLine}\n`,
    '/a/unknown.cfg': 'hostname=x\nhostnam=y\n',
    '/a/good.cfg': 'hostname=x\n',
  });
}, SLOW);

afterEach(() => {
  for (const vm of running) vm.child.kill('SIGKILL');
  running.clear();
});

afterAll(() => {
  helpers.close();
  rmSync(dir, { recursive: true, force: true });
});

async function boot(options: Partial<Parameters<typeof startPlainVm>[0]>): Promise<PlainVm> {
  const vm = await startPlainVm({ dir, disk: file('disk.qcow2'), ...options });
  running.add(vm);
  void vm.exited.then(() => running.delete(vm));
  return vm;
}

const disk = (name: string, size: string, ...options: string[]) =>
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', ...options, file(name), size]);

const install = (answers: string, more = '', name = 'disk.qcow2') =>
  boot({
    disk: file(name),
    cdrom: file('tiny.iso'),
    direct: {
      kernel: file('kernel'),
      initrd: file('initrd'),
      append: [
        `answers=http://10.0.2.2:${helpers.httpPort}/a/${answers} log_host=10.0.2.2 log_port=${helpers.logPort}`,
        `console=tty0 console=ttyS0 quiet panic=-1 ${more}`,
      ].join(' '),
    },
  });

/** Only after the login prompt: sshd makes those wait who came and left without a word. */
async function ssh(vm: PlainVm, command: string, key = 'key', hostKeyAlias = 'tiny'): Promise<string> {
  await until(() => /login: $/.test(vm.serial()) || !running.has(vm), SLOW);
  const options = [
    '-F',
    'none',
    '-i',
    file(key),
    '-p',
    String(vm.sshPort),
    '-o',
    'ConnectTimeout=3',
    '-o',
    'BatchMode=yes',
  ];
  const known = hostKeyAlias === 'tiny' ? 'yes' : 'no';
  const host = [
    '-o',
    `UserKnownHostsFile=${file('known')}`,
    '-o',
    `HostKeyAlias=${hostKeyAlias}`,
    '-o',
    `StrictHostKeyChecking=${known}`,
  ];
  for (let attempt = 1; ; attempt++) {
    const okExitCodes = attempt < 5 ? [0, 255] : [0];
    const result = await run('ssh', [...options, ...host, 'root@127.0.0.1', command], { okExitCodes });
    if (result.exitCode === 0) return result.stdout;
  }
}

describe('the ISO', () => {
  it('has the same bytes when it is made anew from the same packages', { timeout: SLOW }, async () => {
    const fresh = file('cache');
    mkdirSync(fresh);
    symlinkSync(path.join(cacheDir, 'archive'), path.join(fresh, 'archive'));
    expect((await make(file('again.iso'), fresh)).sha256).toBe(sha256);
  });
});

describe('the installer', () => {
  it('installs as the answers say and tells each stage', { timeout: SLOW }, async () => {
    disk('disk.qcow2', '512M');
    const vm = await install('answers.cfg', 'hostname=tiny-test');
    expect(await vm.exited).toBe(0);
    const stages = helpers.log.flatMap(line => /tiny-installer: stage: (.+) (\d+)%$/.exec(line)?.slice(1, 3) ?? []);
    expect(stages.filter((_, index) => index % 2 === 0)).toEqual([
      'hardware',
      'answers',
      'partition',
      'format',
      'copy',
      'configure',
      'bootloader',
      'late commands',
      'finish',
    ]);
    expect(stages.at(-1)).toBe('100');
    expect(helpers.requests).toEqual(['/a/answers.cfg', '/a/keys', '/a/host_key', '/a/host_key.pub', '/a/keys']);
    expect(vm.serial()).toContain('tiny-installer: stage: finish 100%');
    writeFileSync(file('known'), `tiny ${keys.hostKey.publicLine.split(' ').slice(0, 2).join(' ')}\n`);
  });

  // That the product hears of it, and at once, is tried by pipeline.test.ts and rewind.test.ts.
  it.runIf(runsAll).each([
    { answers: 'unknown.cfg', size: '512M', reason: /installer-stopped: answers line 2: 'hostnam' is unknown/ },
    { answers: 'good.cfg', size: '64M', reason: /installer-stopped: the disk \/dev\/vda is too small: 64 MiB/ },
  ])('stops with one line and its reason: $reason', { timeout: SLOW }, async ({ answers, size, reason }) => {
    const name = `bad-${size}.qcow2`; // the one before may still be locked by a QEMU that is ending
    disk(name, size);
    const vm = await install(answers, '', name);
    await helpers.logged(reason);
    expect(vm.serial()).toMatch(reason);
    vm.child.kill('SIGKILL');
  });
});

describe('the installed system', () => {
  it('has the keys, the name and the files of the answers, and discards', { timeout: SLOW }, async () => {
    const vm = await boot({});
    const facts = await ssh(
      vm,
      '. /etc/os-release; echo $ID; hostname; cat /etc/late; stat -c %a /etc/a-file; fstrim -v /',
    );
    expect(facts.split('\n').slice(0, 4)).toEqual(['tiny', 'tiny-test', 'done', '600']);
    expect(facts).toMatch(/\/: \d{9} bytes trimmed/);
    const usedMiB = Number(await ssh(vm, "df -m / | awk 'NR == 2 { print $3 }'"));
    expect(usedMiB).toBeLessThan(120);
    const copied = await run('scp', [
      ...['-F', 'none', '-i', file('key'), '-P', String(vm.sshPort), '-o', `UserKnownHostsFile=${file('known')}`],
      ...['-o', 'HostKeyAlias=tiny', file('known'), 'root@127.0.0.1:/root/known'],
    ]);
    expect(copied.exitCode).toBe(0);
    expect(await ssh(vm, 'cat /root/known')).toBe(readFileSync(file('known'), 'utf8').trimEnd());
    await ssh(vm, ': >/etc/machine-id; rm /etc/ssh/ssh_host_*; sync');
    vm.qmp('system_powerdown');
    expect(await vm.exited).toBe(0);
  });

  it('becomes another machine with a seed, fills a larger disk, and boots with UEFI', { timeout: SLOW }, async () => {
    const metaData = 'instance-id: one\nlocal-hostname: clone-1\n';
    await makeNoCloudSeed(file('seed.iso'), { metaData, userData: userData() });
    disk('clone.qcow2', '1G', '-b', file('disk.qcow2'), '-F', 'qcow2');
    const hasOvmf = existsSync(OVMF.code);
    if (hasOvmf) copyFileSync(OVMF.vars, file('vars.fd'));
    const efi = hasOvmf ? { efi: { code: OVMF.code, vars: file('vars.fd') } } : {};
    const vm = await boot({ disk: file('clone.qcow2'), cdrom: file('seed.iso'), ...efi });
    const facts = (
      await ssh(vm, 'hostname; wc -c </etc/machine-id; cat /etc/ran; df -m / | tail -n 1', 'other-key', 'clone')
    ).split('\n');
    expect(facts.slice(0, 3)).toEqual(['clone-1', '33', 'once']);
    expect(Number(facts[3]?.split(/ +/)[1])).toBeGreaterThan(850);
    expect(readFileSync(file('known'), 'utf8').split('\n')[1]).not.toContain(keys.hostKey.publicLine.split(' ')[1]);
    await ssh(vm, 'shutdown -P now', 'other-key', 'clone');
    expect(await vm.exited).toBe(0);
  });
});

const userData = (): string =>
  `#cloud-config\nusers:\n  - name: root\n    ssh_authorized_keys:\n      - ${other.clientKey.publicLine}\nruncmd:\n  - echo once >>/etc/ran\n`;
