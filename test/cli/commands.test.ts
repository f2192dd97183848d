import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../core/cli/commands.ts';
import { FAILURES, type FailureCode, GoldsmithError } from '../../core/model/failure.ts';
import { FakeEngine } from './fake-engine.ts';
import { GOOD_BUILD, stamped } from './fake-journals.ts';
import { RELEASE, VM } from './fake-things.ts';
import { goldsmith } from './shell.ts';

let engine: FakeEngine;
beforeEach(() => {
  engine = new FakeEngine();
});

describe('help', () => {
  it('lists every command', async () => {
    const { status, out } = await goldsmith('--help');
    expect(status).toBe(0);
    for (const name of Object.keys(COMMANDS)) expect(out).toMatch(new RegExp(`^  ${name} `, 'm'));
    expect(await goldsmith('')).toEqual({ status: 0, out, err: '' });
    expect(await goldsmith('help')).toEqual({ status: 0, out, err: '' });
  });

  it.each(Object.keys(COMMANDS))('%s explains itself with an example and knows --json', async name => {
    const { status, out } = await goldsmith(`${name} --help`);
    expect(status).toBe(0);
    expect(out).toContain(`Usage: goldsmith ${name}`);
    expect(out).toContain(`$ goldsmith ${name}`);
    expect(out).toContain('--json');
    expect(out).not.toMatch(/default: (\[\]|\{\}|false)/);
    expect((await goldsmith(`help ${name}`)).out).toBe(out);
  });

  it('is never opened by the engine', async () => {
    const broken = { openEngine: () => Promise.reject(new Error('opened')) };
    expect((await goldsmith('build --help', broken as object)).status).toBe(0);
  });

  it('prints the version', async () => {
    expect((await goldsmith('--version')).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('what is typed wrong', () => {
  it.each([
    ['buidl web', "error: Unknown command 'buidl'.\n  hint: Did you mean build?\n  code: usage\n"],
    ['build web --chanel x', "error: Unknown option '--chanel'.\n  hint: Did you mean --channel?\n  code: usage\n"],
    ['resolve', "error: Missing required argument 'image'."],
    ['build web --on-error=explode', 'Allowed choices are cleanup, keep, ask.'],
    ['build web --var novalue', 'Write it as name=value.'],
    ['run web --memory lots', 'Write a size such as 2G, or a number of MiB.'],
    ['run web --cpus 0', 'Write a whole number from 1.'],
    ['run web --forward x:1', 'Write it as HOSTPORT:GUESTPORT'],
    ['run web --forward 1:70000', 'Write it as HOSTPORT:GUESTPORT'],
    ['run web --keep -- true', 'A command ends the VM'],
    ['clean --older-than soon', 'Write a duration such as 12h or 7d.'],
    ['iso windows', 'Allowed choices are debian-13, tiny.'],
    ['build', 'error: Which image is to be built?\n  hint: This lab has: web, db.\n  code: usage\n'],
  ])('%s', async (line, expected) => {
    const { status, out, err } = await goldsmith(line, { engine });
    expect(err).toContain(expected);
    expect({ status, out }).toEqual({ status: 2, out: '' });
  });

  it('comes as JSON with --json', async () => {
    const { status, out, err } = await goldsmith('build web --json --chanel x');
    expect(JSON.parse(out)).toMatchObject({
      type: 'failure',
      ok: false,
      failure: { code: 'usage', hint: 'Did you mean --channel?' },
    });
    expect({ status, err }).toEqual({ status: 2, err: '' });
  });
});

describe('a failure', () => {
  it.each(Object.entries(FAILURES))('%s ends with its own status', async (code, { exit }) => {
    engine.failure = new GoldsmithError(code as FailureCode, 'No.');
    expect((await goldsmith('build web', { engine })).status).toBe(exit);
  });

  it('shows place, mark, evidence and hint', async () => {
    engine.failure = new GoldsmithError('bad-recipe', 'There is no variable `sise`.', {
      hint: 'Did you mean `size`?',
      details: {
        place: { file: '/lab/packer/web.pkr.hcl', line: 12, column: 15, source: '  disk_size = var.sise' },
        command: 'qemu-img create',
        lastLines: ['one', 'two'],
      },
    });
    engine.events = [];
    expect((await goldsmith('build web', { engine })).err).toBe(`error: There is no variable \`sise\`.
  at packer/web.pkr.hcl:12:15
   12 |   disk_size = var.sise
      |               ^
  command: qemu-img create
  last lines:
    one
    two
  hint: Did you mean \`size\`?
  code: bad-recipe
`);
  });

  it('shows all problems at once', async () => {
    const problem = {
      code: 'bad-lab',
      severity: 'error',
      message: 'First.',
      place: { file: '/lab/lab.yaml', line: 1 },
    };
    engine.failure = new GoldsmithError('bad-lab', 'lab.yaml has 2 problems.', {
      details: { problems: [problem, { ...problem, message: 'Second.', hint: 'Mend it.' }] },
    });
    engine.events = [];
    expect((await goldsmith('build web', { engine })).err).toBe(`error: First.
  at lab.yaml:1

error: Second.
  at lab.yaml:1
  hint: Mend it.

error: lab.yaml has 2 problems. (bad-lab)
`);
  });

  it('has a stack trace only for those who ask for it', async () => {
    engine.build = () => Promise.reject(new TypeError('oh'));
    const plain = await goldsmith('build web', { engine });
    expect(plain).toMatchObject({ status: 1, err: 'error: oh\n  code: unexpected\n' });
    expect((await goldsmith('build web', { engine, env: { GOLDSMITH_DEBUG: '1' } })).err).toContain(
      'TypeError: oh\n    at ',
    );
  });

  it('after Ctrl-C is a cancellation, whatever broke because of it', async () => {
    const controller = new AbortController();
    engine.during = async () => controller.abort();
    engine.failure = new GoldsmithError('qemu-failed', 'QEMU died.');
    expect(await goldsmith('build web', { engine, signal: controller.signal })).toMatchObject({
      status: 130,
      err: 'error: Cancelled.\n  code: cancelled\n',
    });
  });
});

describe('build', () => {
  it("hands on every option, in Packer's spelling too", async () => {
    await goldsmith(
      'build web -var a=1 -var=b=x=y --var-file v.hcl -only=qemu.a,qemu.b --except qemu.c -on-error=keep --channel edge --version v9 --no-cache',
      { engine },
    );
    expect(engine.asked).toEqual([
      [
        'build',
        'web',
        {
          variables: { a: '1', b: 'x=y' },
          variableFiles: ['/lab/v.hcl'],
          only: ['qemu.a', 'qemu.b'],
          except: ['qemu.c'],
          onError: 'keep',
          channel: 'edge',
          version: 'v9',
          isCacheUsed: false,
        },
      ],
    ]);
  });

  it('tells in a pipe one stable line for each event', async () => {
    const { status, out } = await goldsmith('build web', { engine });
    expect(status).toBe(0);
    expect(out).toBe(`[00:00:00] started   web@v1 (build web-20261120-1)
[00:00:01] step      Fetch and verify the source: debian.iso
[00:00:03] progress  download: 0 B of 100 MiB (0 %)
[00:00:08] progress  download: 50.0 MiB of 100 MiB (50 %)
[00:00:10] progress  download: 100 MiB of 100 MiB (100 %)
[00:00:11] done      Fetch and verify the source (9.1 s)
[00:00:12] step      Install
[00:00:13] request   GET /preseed.cfg 200 (1.5 KiB)
[00:00:14] installer 15 % Partitioning
[00:00:16] installer anna: E: bad
[00:00:17] warning   The disk is small. (Take 8G.)
[00:02:12] done      Install (2 min 05 s)
[00:02:13] step      Boot and test the candidate
[00:02:14] test      ok 1
[00:02:15] test      ok up (1.2 s)
[00:02:16] done      Boot and test the candidate (3.0 s)
[00:02:18] released  web@v1 as latest: /store/web/v1/disk.qcow2
[00:02:19] finished  ok

Released web@v1.
image     /store/web/v1/disk.qcow2 (1.4 GiB)
channels  latest
build     web-20261120-1
try it    goldsmith run web@v1
`);
  });

  it('tells with --verbose also what the installer says', async () => {
    const { out } = await goldsmith('build web --verbose', { engine });
    expect(out).toContain('[00:00:15] installer main-menu[1]: INFO: x\n');
  });

  it('tells with --json each event and the result as a line of JSON', async () => {
    const { out } = await goldsmith('build web --json', { engine });
    const lines = out
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as unknown);
    expect(lines.slice(0, -1)).toEqual(GOOD_BUILD);
    expect(lines.at(-1)).toEqual({ type: 'result', ok: true, build: 'web-20261120-1', release: RELEASE });
  });

  it('says where to look when it failed and the VM was kept', async () => {
    engine.events = stamped(
      { type: 'started', build: 'b7', image: 'web', pid: 1 },
      { type: 'kept', pid: 4, dir: '/b/b7' },
      { type: 'finished', outcome: 'failed', failure: { code: 'provision-failed', message: 'x', step: 'provision' } },
    );
    engine.failure = new GoldsmithError('provision-failed', 'Script 2 ended with 1.');
    const { status, out, err } = await goldsmith('build web --on-error=keep', { engine });
    expect(status).toBe(6);
    expect(out).toContain('the VM is kept  goldsmith ssh b7   goldsmith console b7\nend it          goldsmith rm b7\n');
    expect(out).toContain('whole log       goldsmith log b7');
    expect(err).toBe('error: Script 2 ended with 1.\n  step: Provision\n  code: provision-failed\n');
  });

  it('asks a person until the answer is one of the choices', async () => {
    const stdin = Object.assign(new PassThrough(), { isTTY: true });
    let answer: string | undefined;
    engine.during = async watch => {
      const asked = watch.ask?.({
        text: 'What now?',
        choices: [
          { key: 'c', label: 'clean up' },
          { key: 'r', label: 'retry' },
        ],
      });
      stdin.write('what\n');
      setTimeout(() => stdin.write('R\n'), 20);
      answer = await asked;
    };
    const { out } = await goldsmith('build web --on-error=ask', { engine, stdin });
    expect(answer).toBe('r');
    expect(out).toContain('What now?\n  c  clean up\n  r  retry\n> ');
    expect(out).toContain('Please type one of: c, r.');
  });

  it('asks nobody in a pipe', async () => {
    let hasAsk: boolean | undefined;
    engine.during = async watch => {
      hasAsk = watch.ask !== undefined;
    };
    await goldsmith('build web --on-error=ask', { engine });
    expect(hasAsk).toBe(false);
  });
});

describe('plan', () => {
  it('is readable', async () => {
    const { status, out } = await goldsmith('plan web', { engine });
    expect(status).toBe(0);
    expect(out).toContain('Image\n  name     web@v2\n  recipe   packer/web.pkr.hcl\n');
    expect(out).toContain('  iso       https://x/a.iso\n            https://y/a.iso\n');
    expect(out).toContain("  qemu         qemu-system-x86_64 -name 'it is' -m 1536\n");
    expect(out).toContain('  keys          <esc>auto<enter>\n');
    expect(out).toContain('  seal      host-keys, machine-id\n');
    expect(JSON.parse((await goldsmith('plan web --json', { engine })).out)).toMatchObject({ image: 'web' });
  });

  it('shows what qemuargs replaced, the post-processors and what will be left', async () => {
    const { out } = await goldsmith('plan web', { engine });
    expect(out).toContain('  qemuargs     -cpu max  (instead of host)\n');
    expect(out).toContain('  typing        12 key events, 1.2 s\n');
    expect(out).toContain(
      '  chain 1  checksum: checksum_types sha256  (web.pkr.hcl:30)\n           amazon-import  (hand-off note)\n',
    );
    expect(out).toContain('  outputs  output-web/web\n');
  });

  it('of a template with several builders is several plans', async () => {
    engine.builders = ['qemu.a', 'qemu.b'];
    const { out } = await goldsmith('plan t.pkr.hcl --full -lenient', { engine });
    expect(out.match(/builder {2}qemu\.\w/g)).toEqual(['builder  qemu.a', 'builder  qemu.b']);
    expect(engine.asked.at(-1)).toMatchObject(['plans', 't.pkr.hcl', { isFull: true, isLenient: true }]);
    expect(JSON.parse((await goldsmith('plan t.pkr.hcl --json', { engine })).out)).toHaveLength(2);
  });

  it('fails when a build would, after it was shown', async () => {
    engine.problems = [{ code: 'host-lacks', severity: 'error', message: 'No swtpm.', hint: 'Install it.' }];
    const { status, out, err } = await goldsmith('plan web', { engine });
    expect(out).toContain('error: No swtpm.\n  hint: Install it.');
    expect(err).toContain('A build would stop before it starts');
    expect(status).toBe(4);
    expect((await goldsmith('plan web --json', { engine })).status).toBe(4);
  });
});

describe('export-template', () => {
  it('prints the template, and beside it what Packer has no word for', async () => {
    engine.problems = [{ code: 'unsupported', severity: 'note', message: 'No tests.' }];
    const { out, err } = await goldsmith('export-template web -only=qemu.web', { engine });
    expect(out).toBe('source "qemu" "web" {}\n');
    expect(err).toContain('note: No tests.');
    expect(engine.asked).toMatchObject([['exportTemplate', 'web', { only: ['qemu.web'] }]]);
    expect(JSON.parse((await goldsmith('export-template web --json', { engine })).out)).toMatchObject({
      ok: true,
      text: 'source "qemu" "web" {}\n',
    });
  });
});

describe('builds, show and log', () => {
  it('lists', async () => {
    const { out } = await goldsmith('builds', { engine });
    expect(out.split('\n').map(line => line.trim().split(/ {2,}/))).toEqual([
      ['BUILD', 'IMAGE', 'OUTCOME', 'TIME'],
      ['web-20261120-1', 'web@v1', 'ok', '2 min 19 s'],
      ['db-20261119-7', 'db', 'failed', '2.0 s', 'No disk.'],
      [''],
    ]);
    expect(JSON.parse((await goldsmith('builds db --json', { engine })).out)).toHaveLength(1);
  });

  it.each([
    ['show', 'web-20261120-1'],
    ['show db', 'db-20261119-7'],
    ['show db-2026', 'db-20261119-7'],
    ['show 19-7', 'db-20261119-7'],
    ['show latest', 'web-20261120-1'],
  ])('%s finds %s', async (line, id) => {
    const { out, status } = await goldsmith(line, { engine });
    expect(status).toBe(0);
    expect(out).toMatch(new RegExp(`^build +${id}$`, 'm'));
    expect(out).toContain(`/b/${id}/journal.jsonl`);
  });

  it('shows why a build failed', async () => {
    const { out } = await goldsmith('show db', { engine });
    expect(out).toContain('error: No disk.\n  step: Install\n  code: installer-stopped');
  });

  it('helps when the name is wrong', async () => {
    expect(await goldsmith('show web-20261120-2', { engine })).toMatchObject({
      status: 8,
      err: 'error: There is no build "web-20261120-2".\n  hint: Did you mean web-20261120-1?\n  code: not-found\n',
    });
  });

  it('prints a log, whole or of one source', async () => {
    const { out } = await goldsmith('log web --all -f', { engine });
    expect(out.split('\n').filter(Boolean)).toHaveLength(GOOD_BUILD.length - 2);
    expect(out).toContain('[00:00:15] installer main-menu[1]: INFO: x\n');
    expect(engine.asked).toEqual([['followLog', 'web-20261120-1', { follow: true }]]);
    expect((await goldsmith('log', { engine })).out).not.toContain('main-menu');
    expect((await goldsmith('log --source test', { engine })).out).toBe('[00:02:14] test      ok 1\n');
    expect((await goldsmith('log --json', { engine })).out.trim().split('\n')).toHaveLength(GOOD_BUILD.length);
  });
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

  it('tells a damaged release', async () => {
    engine.problems = [{ code: 'store-damaged', severity: 'error', message: 'disk.qcow2 differs.' }];
    expect(await goldsmith('verify web', { engine })).toMatchObject({
      status: 10,
      err: expect.stringContaining('web@v1 is not what'),
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
