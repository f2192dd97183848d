import { PassThrough } from 'node:stream';
import { beforeEach, describe, expect, it } from 'vitest';
import { GoldsmithError } from '../../core/model/failure.ts';
import { FakeEngine } from './fake-engine.ts';
import { GOOD_BUILD, stamped } from './fake-journals.ts';
import { RELEASE } from './fake-things.ts';
import { goldsmith } from './shell.ts';

let engine: FakeEngine;
beforeEach(() => {
  engine = new FakeEngine();
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

  it('names the way into a machine that was kept before anybody could log in', async () => {
    engine.events = stamped(
      { type: 'started', build: 'b7', image: 'web', pid: 1 },
      { type: 'step-started', step: 'install' },
      { type: 'kept', pid: 4, dir: '/b/b7' },
      { type: 'finished', outcome: 'failed', failure: { code: 'installer-stopped', message: 'x', step: 'install' } },
    );
    engine.failure = new GoldsmithError('installer-stopped', 'The installer shows an error.');
    const { out } = await goldsmith('build web --on-error=keep', { engine });
    expect(out).toContain('the VM is kept  goldsmith shell b7   goldsmith console b7\n');
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
