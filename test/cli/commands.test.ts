import { beforeEach, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../core/cli/commands.ts';
import { FAILURES, type FailureCode, GoldsmithError } from '../../core/model/failure.ts';
import { FakeEngine } from './fake-engine.ts';
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
