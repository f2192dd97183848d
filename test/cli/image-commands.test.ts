import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeEngine } from './fake-engine.ts';
import { VM } from './fake-things.ts';
import { goldsmith } from './shell.ts';

let engine: FakeEngine;
beforeEach(() => {
  engine = new FakeEngine();
});

describe('images and releases', () => {
  it('lists releases, failed candidates and what can be built', async () => {
    const { out } = await goldsmith('images', { engine });
    expect(out).toMatch(/^web@v1 +latest +1\.4 GiB +2026-11-20 10:03 +\/store\/web\/v1\/disk\.qcow2$/m);
    expect(out).toMatch(/^web@v0 +failed candidate +1\.0 KiB +2026-11-19 10:00 +test up failed$/m);
    expect(out).toContain('To be built: goldsmith build db');
  });

  it('resolves to a path and nothing else', async () => {
    expect(await goldsmith('resolve web@latest', { engine })).toEqual({
      status: 0,
      out: '/store/web/v1/disk.qcow2\n',
      err: '',
    });
    expect((await goldsmith('resolve nope', { engine })).status).toBe(8);
  });

  it('promotes, verifies, removes, cleans, makes ISOs', async () => {
    expect((await goldsmith('promote web@v1 stable', { engine })).out).toBe('web@stable is now web@v1 (was v0).\n');
    expect((await goldsmith('verify web', { engine })).out).toBe('web@v1 is whole: sha256:aa\n');
    expect((await goldsmith('rm web@v0 -f', { engine })).out).toBe('Removed release web@v0 (2.0 KiB).\n');
    expect((await goldsmith('clean -n --older-than 2d', { engine })).out).toContain('Would free 1.0 MiB.');
    expect((await goldsmith('iso tiny -o x.iso --force', { engine })).out).toBe(
      '/cache/x.iso  95.0 MiB  sha256:bb  (made)\n',
    );
    expect(engine.asked).toEqual([
      ['remove', 'web@v0', { force: true }],
      ['clean', { dryRun: true, all: false, olderThanMs: 172_800_000 }],
      ['iso', 'tiny', { force: true, output: '/lab/x.iso' }],
    ]);
  });

  it('verifies a folder where no image has its name, and where a key or a slash says that it is one', async () => {
    const cwd = await mkdtemp(path.join(tmpdir(), 'goldsmith-cli-'));
    for (const name of ['db-v1', 'web']) await mkdir(path.join(cwd, name));
    const verify = async (words: string): Promise<string> =>
      (await goldsmith(`verify ${words}`, { engine, cwd })).out.split(':')[0] ?? '';
    expect(await verify('db-v1')).toBe('db-v1 is whole');
    expect(await verify('web')).toBe('web@v1 is whole');
    expect(await verify('./web')).toBe('./web is whole');
    expect(await verify('web --key k')).toBe('web is whole');
    expect(engine.asked).toEqual([
      ['verifyHandOff', path.join(cwd, 'db-v1'), undefined],
      ['verifyHandOff', path.join(cwd, 'web'), undefined],
      ['verifyHandOff', path.join(cwd, 'web'), path.join(cwd, 'k')],
    ]);
    expect(await goldsmith('verify db', { engine, cwd })).toMatchObject({
      status: 8,
      err: expect.stringContaining('There is no image db'),
    });
    await rm(cwd, { recursive: true });
  });

  it('tells a damaged release', async () => {
    engine.problems = [{ code: 'store-damaged', severity: 'error', message: 'disk.qcow2 differs.' }];
    expect(await goldsmith('verify web', { engine })).toMatchObject({
      status: 10,
      err: expect.stringMatching(/error: disk\.qcow2 differs\.[\s\S]*error: web@v1 is not what/),
    });
  });

  it('says what was removed before the first that could not be', async () => {
    const { status, out, err } = await goldsmith('rm web@v0 gone web@v1', { engine });
    expect({ status, out }).toEqual({ status: 8, out: 'Removed release web@v0 (2.0 KiB).\n' });
    expect(err).toContain('There is no gone.');
    expect(engine.asked).toHaveLength(2);
  });
});

describe('machines', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'cli-'));
  });
  afterEach(() => rm(dir, { recursive: true }));

  it('starts one and waits for its end', async () => {
    const { out } = await goldsmith('run web --memory 2G --forward 8080:80 --forward 443 --user-data u.yaml', {
      engine,
    });
    expect(out).toContain('log in   goldsmith ssh web-run-1\n');
    expect(out).toContain('port 80  127.0.0.1:8080\nend it   Ctrl-C\n');
    const forwards = [
      { hostPort: 8080, guestPort: 80 },
      { hostPort: 0, guestPort: 443 },
    ];
    expect(engine.asked).toEqual([
      ['run', 'web', { keep: false, forwards, waitForSsh: true, userData: '/lab/u.yaml', memoryMiB: 2048 }],
      ['waitForVm', 'web-run-1'],
    ]);
  });

  it('keeps one', async () => {
    expect((await goldsmith('run web --keep', { engine })).out).toContain('end it   goldsmith rm web-run-1');
    expect(engine.asked).toHaveLength(1);
  });

  it('runs a command and ends the machine with its status', async () => {
    engine.argv = ['sh', '-c', 'exit 7'];
    expect((await goldsmith(['run', 'web', '--', 'uname', '-a'], { engine })).status).toBe(7);
    expect(engine.asked.slice(1)).toEqual([
      ['ssh', 'web-run-1', ['uname', '-a']],
      ['remove', 'web-run-1', { force: true }],
    ]);
  });

  it('lists those that run', async () => {
    expect((await goldsmith('run', { engine })).out).toContain('web-run-1  web@v1');
    engine.vmList = [];
    expect((await goldsmith('run', { engine })).out).toBe('No machine is running. goldsmith run IMAGE starts one.\n');
  });

  it('logs in with the status of ssh', async () => {
    engine.argv = ['sh', '-c', 'kill -9 $$'];
    expect((await goldsmith('ssh web ls -l --json', { engine })).status).toBe(137);
    expect(engine.asked).toEqual([['ssh', 'web-run-1', ['ls', '-l', '--json']]]);
    expect((await goldsmith('ssh --json', { engine })).out).toBe('{"argv":["sh","-c","kill -9 $$"]}\n');
    engine.argv = [path.join(dir, 'missing')];
    expect((await goldsmith('ssh', { engine })).status).toBe(4);
  });

  it('does not guess between two machines', async () => {
    engine.vmList = [VM, { ...VM, id: 'web-run-2' }];
    expect(await goldsmith('ssh', { engine })).toMatchObject({
      status: 2,
      err: 'error: There are several: name one running machine.\n  hint: web-run-1, web-run-2\n  code: usage\n',
    });
    expect((await goldsmith('ssh 2', { engine })).status).toBe(0);
  });

  it('connects the console both ways until Ctrl-]', async () => {
    const heard: string[] = [];
    const server = createServer(socket => {
      socket.write('login: ');
      socket.on('data', data => heard.push(data.toString()));
    });
    engine.serialSocket = path.join(dir, 's');
    engine.console = async () => ({ serialSocket: engine.serialSocket, serialLog: path.join(dir, 'log') });
    await writeFile(path.join(dir, 'log'), `${'x'.repeat(5000)}before`);
    await new Promise<void>(resolve => server.listen(engine.serialSocket, resolve));
    const raw: boolean[] = [];
    const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (isRaw: boolean) => raw.push(isRaw) });
    const running = goldsmith('console web', { engine, stdin });
    setTimeout(() => stdin.write('ro'), 50);
    setTimeout(() => stdin.write('ot\n\x1dnever sent'), 100);
    const { out, status } = await running;
    await new Promise(resolve => server.close(resolve));
    expect(status).toBe(0);
    expect(out).toMatch(/^x{4090}beforelogin: $/);
    expect(heard.join('')).toBe('root\n');
    expect(raw).toEqual([true, false]);
  });

  it('says when the console is gone', async () => {
    expect((await goldsmith('console', { engine })).status).toBe(8);
  });
});

it('doctor ends with a status that a script can use', async () => {
  const { status, out } = await goldsmith('doctor', { engine });
  expect(status).toBe(4);
  expect(out).toMatch(/^tools +xorriso +missing +apt-get install xorriso$/m);
  expect(JSON.parse((await goldsmith('doctor --json', { engine })).out)).toMatchObject({ canBuild: false });
});

describe('export and import', () => {
  it('hands every choice on', async () => {
    const line =
      'export web --to ova-vmware,vagrant-libvirt --controller pvscsi --network e1000 --firmware bios --compression zstd --box-version 2 --vagrant-catalog boxes.json --vagrant-url https://b --vagrant-name lab/web -o out';
    expect((await goldsmith(line, { engine })).status).toBe(0);
    expect(engine.asked.find(([what]) => what === 'exportTo')?.[2]).toMatchObject({
      targets: ['ova-vmware', 'vagrant-libvirt'],
      controller: 'pvscsi',
      network: 'e1000',
      firmware: 'bios',
      compression: 'zstd',
      boxVersion: 2,
      catalog: { file: expect.stringMatching(/\/boxes\.json$/), baseUrl: 'https://b/', name: 'lab/web' },
    });
    expect((await goldsmith('export web --to raw --controller floppy', { engine })).err).toContain('Allowed choices');
  });

  it('takes an image from outside, and says what it is now', async () => {
    const { out } = await goldsmith('import some.vhdx --as base --version 2 --sha256 00', { engine });
    expect(engine.asked.at(-1)).toEqual([
      'importImage',
      expect.stringMatching(/\/some\.vhdx$/),
      { image: 'base', version: '2', sha256: '00' },
    ]);
    expect(out).toContain('Imported web@v1.');
    expect(JSON.parse((await goldsmith('import a.ova --json', { engine })).out)).toMatchObject({
      channels: ['imported'],
    });
  });
});
