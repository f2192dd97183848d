import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { runsAll, runsTogether } from '../extent.ts';
import { BLIND_LIMIT, PATIENCE, SLOW } from '../patience.ts';
import {
  goldsmith,
  home,
  installedBefore,
  makeLab,
  nextEvent,
  ONE_BOOT,
  processesWith,
  RECIPE,
  resultOf,
  shownAtConsole,
  start,
  succeeded,
  until,
} from './goldsmith.ts';

/** A real kernel, a real installer, real SSH, under emulation on a machine that others use too. */

/** Nothing of a build may be left: no process, no socket folder, no working disk. */
function expectNothingLeft(build: string): void {
  expect(processesWith(build)).toEqual([]);
  expect(existsSync(path.join(home.runtime, build))).toBe(false);
  expect(existsSync(path.join(home.builds, build, 'work'))).toBe(false);
  expect(existsSync(path.join(home.store, '.candidates', build))).toBe(false);
}

beforeAll(async () => {
  const made = await goldsmith(['iso', 'tiny'], process.cwd());
  expect(made.stderr).toBe('');
  expect(made.status).toBe(0);
}, SLOW);

describe('from the installer ISO to a release', () => {
  const lab = makeLab('web', {
    stage_cache: true, // nothing of it is taken (--no-cache); what is installed here, others go on from
    tests: [
      { name: 'in the guest', run: 'grep -q Goldsmith /etc/motd' },
      { name: 'as TAP', run: 'echo 1..1; echo ok 1 - fine', format: 'tap' },
      {
        name: 'on the host',
        on: 'host',
        run: 'ssh -F none -i "$GOLDSMITH_KEY" -o UserKnownHostsFile="$GOLDSMITH_KNOWN_HOSTS" -p "$GOLDSMITH_PORT" "$GOLDSMITH_USER@$GOLDSMITH_HOST" cat /etc/goldsmith-release | grep -q IMAGE=web',
      },
    ],
  });

  it('installs, provisions, seals, tests and releases; nothing is left behind', { timeout: SLOW }, async () => {
    const args = ['build', 'web', '--no-cache', '--json', '--version', `v${Date.now()}`];
    const ended = await goldsmith(args, lab);
    await succeeded(ended);
    expect(ended.stderr).toBe('');
    const { build, release } = resultOf(ended) as { build: string; release: { path: string; version: string } };
    const messages = ended.events.flatMap(event => (event.type === 'note' ? [event.message] : []));
    expect(messages).toContain('The installer fetched its answers (/tiny.cfg).');
    const tests = ended.events.flatMap(event => (event.type === 'test' ? [[event.name, event.ok] as const] : []));
    const names = ['boots', 'clones differ', 'in the guest', 'as TAP', 'on the host', 'powers off cleanly'];
    // One clone is tested while the other one is switched off and on.
    expect(new Map(tests)).toEqual(
      new Map([...names, 'boots again (2)', 'keeps its identity'].map(name => [name, true])),
    );
    expectNothingLeft(build);
    const manifest = JSON.parse(readFileSync(path.join(path.dirname(release.path), 'manifest.json'), 'utf8'));
    expect(manifest).toMatchObject({ image: 'web', version: release.version, build });
    expect(manifest.inputs[0]).toMatchObject({ kind: 'iso', name: 'goldsmith iso tiny' });
    expect((await goldsmith(['verify', `web@${release.version}`], lab)).status).toBe(0);
    expect((await goldsmith(['resolve', 'web'], lab)).stdout.trim()).toBe(release.path);
    const journal = readFileSync(path.join(home.builds, build, 'journal.jsonl'), 'utf8');
    expect(journal).not.toMatch(/PRIVATE KEY/);
    const serial = readFileSync(path.join(home.builds, build, 'serial.log'), 'latin1');
    expect(serial).not.toMatch(/http:\/\/10\.0\.2\.2:\d+\/(?!<secret>)/);
    const again = await goldsmith(['build', 'web', '--version', release.version], lab);
    expect(again.status).toBe(9);
    expect(again.stderr).toContain('is released already');
  });

  it.runIf(runsTogether)(
    'runs a kept machine of the release, reached over SSH, and removes it',
    { timeout: SLOW },
    async () => {
      const ended = await succeeded(goldsmith(['run', 'web', '--keep', '--json'], lab));
      expect(ended.stderr).toBe('');
      const vm = resultOf(ended) as { id: string };
      const hello = await goldsmith(['ssh', vm.id, 'cat /etc/goldsmith-release; exit 5'], lab);
      expect(hello.stdout).toContain('IMAGE=web');
      expect(hello.status).toBe(5);
      await succeeded(goldsmith(['snapshot', vm.id, 'clean'], lab));
      await succeeded(goldsmith(['ssh', vm.id, 'touch /root/dirt && sync'], lab));
      await succeeded(goldsmith(['snapshot', vm.id, '--load', 'clean'], lab));
      expect((await goldsmith(['ssh', vm.id, 'test -e /root/dirt'], lab)).status).toBe(1);
      const { image, version } = resultOf(ended) as { image: string; version: string };
      const used = await goldsmith(['rm', `${image}@${version}`], lab);
      expect([used.status, used.stderr]).toEqual([9, expect.stringContaining(`the machine ${vm.id}`)]);
      await succeeded(goldsmith(['rm', vm.id], lab));
      expect(processesWith(vm.id)).toEqual([]);
    },
  );

  it.runIf(runsTogether)(
    'runs a throwaway machine with a person’s own user data, until Ctrl-C',
    { timeout: SLOW },
    async () => {
      const key = path.join(lab, 'own-key');
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
      const user = { name: 'root', ssh_authorized_keys: [readFileSync(`${key}.pub`, 'utf8').trim()] };
      writeFileSync(
        path.join(lab, 'user-data'),
        `#cloud-config\n${stringify({ disable_root: false, users: [user] }, { lineWidth: 0 })}`,
      );
      const running = start(['run', 'web', '--user-data', 'user-data', '--json'], lab);
      const machine = await nextEvent(running, 'machine', undefined);
      if (!machine.ssh) throw new Error('It tells no SSH address.');
      const all = JSON.parse((await goldsmith(['run', '--json'], lab)).stdout) as {
        id: string;
        image: string;
        kind: string;
      }[];
      const vm = all.find(({ image, kind }) => image === 'web' && kind === 'run');
      expect(await shownAtConsole(['console', vm?.id ?? ''], lab, 'login:')).toContain('login:');
      const said = ssh(key, machine.ssh.port, 'cat /root/.ssh/authorized_keys');
      expect(said.trim()).toBe(user.ssh_authorized_keys[0]);
      running.child.kill('SIGINT');
      expect([0, 130]).toContain((await running.ended).status);
      expect(processesWith(vm?.id ?? 'none')).toEqual([]);
      expect((await goldsmith(['run', '--json'], lab)).stdout).not.toContain(vm?.id ?? 'none');
    },
  );

  it('is promoted, listed, shown and removed, with statuses a script can use', { timeout: SLOW }, async () => {
    const { version } = JSON.parse((await goldsmith(['resolve', 'web', '--json'], lab)).stdout) as { version: string };
    const channel = `c${version}`;
    const moved = await succeeded(goldsmith(['promote', 'web', channel, '--json'], lab));
    expect(JSON.parse(moved.stdout)).toMatchObject({ channel, release: { image: 'web', version } });
    expect(JSON.parse((await goldsmith(['resolve', `web@${channel}`, '--json'], lab)).stdout)).toMatchObject({
      version,
    });
    const images = JSON.parse((await succeeded(goldsmith(['images', 'web', '--json'], lab))).stdout);
    expect(images.images[0].releases[0]).toMatchObject({
      version,
      channels: expect.arrayContaining(['latest', channel]),
    });
    const builds = JSON.parse((await succeeded(goldsmith(['builds', '--json'], lab))).stdout);
    expect(JSON.stringify(builds)).toContain(version);
    expect(JSON.parse((await succeeded(goldsmith(['plan', 'web', '--json'], lab))).stdout)).toMatchObject({
      image: 'web',
    });
    const log = await succeeded(goldsmith(['log', 'web', '--json'], lab));
    expect(log.stdout).toContain('"type":"release"');
    expect((await goldsmith(['rm', `web@${version}`, '--json'], lab)).status).toBe(9);
    expect(JSON.parse((await succeeded(goldsmith(['clean', '--dry-run', '--json'], lab))).stdout)).toBeInstanceOf(
      Array,
    );
    expect((await goldsmith(['promote', 'web@no-such', 'stable', '--json'], lab)).status).toBe(8);
    await succeeded(goldsmith(['rm', '--force', `web@${version}`], lab));
    expect((await goldsmith(['resolve', `web@${version}`], lab)).status).toBe(8);
  });
});

describe.runIf(runsTogether)('the boot command', () => {
  // To its release goes one in packer-template.test.ts.
  it('is typed at a real GRUB, and the installer finds its answers; Ctrl-C gives everything back', {
    timeout: SLOW,
  }, async () => {
    const running = start(['build', 'typed', '--json'], makeLab('typed', { boot: 'typed', boot_sync: true }));
    const asked = await nextEvent(running, 'request', undefined);
    expect(asked).toMatchObject({ path: '/tiny.cfg', status: 200 });
    await nextEvent(running, 'installer-stage', asked);
    running.child.kill('SIGINT');
    const ended = await running.ended;
    expect(ended.status).toBe(130);
    expectNothingLeft(buildOf(ended.events));
    const notes = ended.events.flatMap(event => (event.type === 'note' ? [event.message] : []));
    expect(notes).toContainEqual(expect.stringMatching(/^The keys are typed after .*: GNU GRUB\.$/));
  });
});

describe.runIf(runsTogether)('UEFI', () => {
  it('builds and boots too, though the emulator crashes once', { timeout: SLOW }, async () => {
    const lab = makeLab('uefi', {
      recipe: crashesOnce(),
      machine: { firmware: 'efi' },
      boot_test: { ...ONE_BOOT, clones: runsAll ? 2 : 1 },
      tests: [{ name: 'in UEFI', run: 'test -d /sys/firmware/efi && grep -q IMAGE=uefi /etc/goldsmith-release' }],
    });
    const ended = await succeeded(goldsmith(['build', 'uefi', '--json', '--version', `v${Date.now()}`], lab));
    expect(ended.stderr).toBe('');
    const warnings = ended.events.flatMap(event => (event.type === 'warning' ? [event.message] : []));
    expect(warnings).toContain("QEMU's emulator crashed while the installer booted; it is booted once more.");
    expect(ended.events).toContainEqual(expect.objectContaining({ type: 'test', name: 'in UEFI', ok: true }));
    if (!runsAll) return;
    const said = await goldsmith(
      ['run', 'uefi', '--', 'test -d /sys/firmware/efi && cat /etc/goldsmith-release; exit 3'],
      lab,
    );
    expect(said.stdout).toContain('IMAGE=uefi');
    expect(said.status).toBe(3);
  });
});

/** The tiny recipe on a QEMU that dies like the real one, of a known fault, the first time it boots an installer. */
function crashesOnce(): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-recipe-'));
  cpSync(path.dirname(RECIPE), dir, { recursive: true });
  const [qemu, recipe] = [path.join(dir, 'crashing-qemu'), path.join(dir, path.basename(RECIPE))];
  const script = `#!/bin/sh
case "$*" in */install/*)
  if mkdir ${dir}/crashed 2>/dev/null; then
    echo 'ERROR:../../accel/tcg/cputlb.c: iotlb_to_section: assertion failed' >&2
    kill -ABRT $$
  fi;;
esac
exec qemu-system-x86_64 "$@"
`;
  writeFileSync(qemu, script, { mode: 0o755 });
  const named = `source "qemu" "tiny" {\n  qemu_binary = "${qemu}"`;
  writeFileSync(recipe, readFileSync(recipe, 'utf8').replace('source "qemu" "tiny" {', named));
  return recipe;
}

describe('when things go wrong', () => {
  it('says why the installer stopped, at once', { timeout: SLOW }, async () => {
    const boot = {
      direct: {
        kernel: '/tiny/vmlinuz',
        initrd: '/tiny/installer.cpio',
        append:
          'answers=http://{{ .HTTPIP }}:{{ .HTTPPort }}/missing.cfg log_host={{ .HTTPIP }} log_port={{ .LogPort }} console=ttyS0 quiet',
      },
    };
    const running = start(['build', 'lost', '--json'], makeLab('lost', { boot }));
    const missed = await nextEvent(running, 'request', undefined);
    expect(missed.status).toBe(404);
    const ended = await running.ended;
    const finished = ended.events.find(event => event.type === 'finished');
    expect(ended.status).toBe(6);
    expect(resultOf(ended)).toMatchObject({ failure: { code: 'installer-stopped' } });
    expect(Date.parse(finished?.at ?? '') - Date.parse(missed.at)).toBeLessThan(BLIND_LIMIT);
    expectNothingLeft(buildOf(ended.events));
  });

  it.runIf(runsTogether)(
    'keeps a candidate that fails its tests, and never resolves it',
    { timeout: SLOW },
    async () => {
      const lab = makeLab('bad', {
        ...installedBefore(),
        boot_test: ONE_BOOT,
        tests: [{ name: 'cannot pass', run: 'exit 3' }],
      });
      const ended = await goldsmith(['build', 'bad', '--json'], lab);
      expect(ended.status).toBe(7);
      expect(resultOf(ended)).toMatchObject({
        failure: { code: 'tests-failed', message: 'A test failed: cannot pass.' },
      });
      const kept = ended.events.find(event => event.type === 'candidate');
      expect(kept && existsSync(path.join(kept.path, 'disk.qcow2'))).toBe(true);
      expect((await goldsmith(['resolve', 'bad'], lab)).status).toBe(8);
      expectNothingLeft(buildOf(ended.events));
    },
  );

  it('leaves no machine after kill -9, and the next command gives back the rest', { timeout: SLOW }, async () => {
    const lab = makeLab('killed', {});
    const running = start(['build', 'killed', '--json'], lab);
    const { build } = await nextEvent(running, 'started', undefined);
    await running.event(event => event.type === 'step-started' && event.step === 'install');
    running.child.kill('SIGKILL');
    await running.ended;
    expect(await until(() => processesWith(build).length === 0, PATIENCE)).toBe(true);
    expect((await goldsmith(['clean', '--dry-run'], lab)).stdout).toContain(build);
    expect((await goldsmith(['clean'], lab)).status).toBe(0);
    expectNothingLeft(build);
    const shown = await goldsmith(['show', build, '--json'], lab);
    expect(resultOf(shown)).toMatchObject({ state: { outcome: 'interrupted' } });
  });

  it.runIf(runsTogether)(
    'gives everything back when nobody reads any more what it says',
    { timeout: SLOW },
    async () => {
      const running = start(['build', 'unread', '--on-error=ask', '--json'], makeLab('unread', {}));
      const { build } = await nextEvent(running, 'started', undefined);
      await running.event(event => event.type === 'step-started' && event.step === 'install');
      running.child.stdout?.destroy();
      expect((await running.ended).status).toBe(0);
      expectNothingLeft(build);
    },
  );

  it('says so when its output cannot be written', () => {
    const command = `exec '${process.execPath}' '${path.resolve('out/cli/main.js')}' images >/dev/full`;
    const ended = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
    expect(ended.stderr).toMatch(/^Nothing can be written to the output: .*no space left on device.*\n$/);
    expect(ended.status).toBe(10);
  });

  it('notices at once that QEMU died', { timeout: SLOW }, async () => {
    const running = start(['build', 'dead', '--json'], makeLab('dead', {}));
    const machine = await nextEvent(running, 'machine', undefined);
    await running.event(event => event.type === 'step-started' && event.step === 'install');
    const [pid] = execFileSync('pgrep', ['-f', machine.vnc ?? 'none'])
      .toString()
      .split('\n');
    process.kill(Number(pid), 'SIGKILL');
    const ended = await running.ended;
    expect(resultOf(ended)).toMatchObject({ failure: { code: 'qemu-failed' } });
    expect(ended.status).toBe(6);
    expectNothingLeft(buildOf(ended.events));
  });
});

/** What a command in the guest prints. */
const ssh = (key: string, port: number, command: string): string => {
  const options = ['-F', 'none', '-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-q'];
  return execFileSync('ssh', [...options, '-i', key, '-p', String(port), 'root@127.0.0.1', command]).toString();
};

const buildOf = (events: { type: string }[]): string => {
  const started = events.find(event => event.type === 'started') as { build?: string } | undefined;
  return started?.build ?? '';
};
