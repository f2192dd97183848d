import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Journal, readJournal } from '../../core/build/journal.ts';
import { giveBackRest, unreleased } from '../../core/build/recover.ts';
import { execute } from '../../core/build/run.ts';
import { GoldsmithError } from '../../core/model/failure.ts';
import { Redactor } from '../../core/model/redact.ts';

const scratch = () => mkdtempSync(path.join(tmpdir(), 'goldsmith-run-'));
const journalIn = (dir: string, secrets = new Redactor()) => new Journal(path.join(dir, 'journal.jsonl'), secrets);
const never = new AbortController().signal;

async function hold(run: Parameters<Parameters<typeof execute>[2]>[0], dir: string): Promise<void> {
  await run.hold({ kind: 'dir', path: dir }, async () => mkdirSync(dir));
}

describe('a run', () => {
  it('gives everything back, newest first, when a step fails, and keeps the cause', async () => {
    const dir = scratch();
    const journal = journalIn(dir);
    const [a, b] = [path.join(dir, 'a'), path.join(dir, 'b')];
    const running = execute(journal, never, async run => {
      await run.step('disk', scope => hold(scope as typeof run, a));
      await run.step('boot', async scope => {
        await hold(scope as typeof run, b);
        throw new GoldsmithError('qemu-failed', 'no KVM', { hint: 'load kvm_intel' });
      });
    });
    await expect(running).rejects.toMatchObject({ code: 'qemu-failed' });
    expect([existsSync(a), existsSync(b)]).toEqual([false, false]);
    const events = readJournal(journal.path);
    expect(events.flatMap(event => (event.type === 'released' ? [event.id] : []))).toEqual([2, 1]);
    expect(events.at(-1)).toMatchObject({
      type: 'finished',
      outcome: 'failed',
      failure: { code: 'qemu-failed', message: 'no KVM', hint: 'load kvm_intel', step: 'boot' },
    });
  });

  it('ends as cancelled, everything given back, when the signal fires between two steps', async () => {
    const dir = scratch();
    const journal = journalIn(dir);
    const cancel = new AbortController();
    const a = path.join(dir, 'a');
    const running = execute(journal, cancel.signal, async run => {
      await run.step('disk', async () => {
        await hold(run, a);
        cancel.abort();
      });
      expect.unreachable('the next step must not run');
    });
    await expect(running).rejects.toThrow();
    expect(existsSync(a)).toBe(false);
    expect(readJournal(journal.path).at(-1)).toMatchObject({ type: 'finished', outcome: 'cancelled' });
  });

  it('goes on giving back when one release fails', async () => {
    const dir = scratch();
    const journal = journalIn(dir);
    const a = path.join(dir, 'a');
    await execute(journal, never, async run => {
      await hold(run, a);
      await run.hold({ kind: 'dir', path: `${a}\0` }, async () => {});
    });
    expect(existsSync(a)).toBe(false);
    expect(readJournal(journal.path).some(event => event.type === 'release-failed')).toBe(true);
  });

  it('gives back although the journal cannot be written any more', async () => {
    const dir = scratch();
    const journal = journalIn(dir);
    const a = path.join(dir, 'a');
    const running = execute(journal, never, async run => {
      await hold(run, a);
      journal.append = () => {
        throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
      };
      await run.step('boot', async () => 1);
    });
    await expect(running).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(existsSync(a)).toBe(false);
  });

  it('keeps everything when asked to, and the journal still says what is held', async () => {
    const dir = scratch();
    const journal = journalIn(dir);
    const a = path.join(dir, 'a');
    const running = execute(
      journal,
      never,
      async run => {
        await hold(run, a);
        throw new GoldsmithError('provision-failed', 'x');
      },
      async () => 'keep',
    );
    await expect(running).rejects.toMatchObject({ code: 'provision-failed' });
    expect(existsSync(a)).toBe(true);
    expect(unreleased(journal.path)).toEqual([{ kind: 'dir', path: a }]);
    await giveBackRest(journal.path);
    expect(existsSync(a)).toBe(false);
  });

  it('gives one resource back early, once', async () => {
    const dir = scratch();
    const journal = journalIn(dir);
    const a = path.join(dir, 'a');
    await execute(journal, never, async run => {
      await hold(run, a);
      await run.release({ kind: 'dir', path: a });
      expect(existsSync(a)).toBe(false);
    });
    expect(readJournal(journal.path).filter(event => event.type === 'released')).toHaveLength(1);
  });
});

describe('the journal', () => {
  it('masks every secret before it is written or told', () => {
    const secrets = new Redactor();
    secrets.add('hunter22');
    const journal = journalIn(scratch(), secrets);
    const told: string[] = [];
    journal.subscribe(event => told.push(JSON.stringify(event)));
    journal.append({ type: 'line', source: 'provisioner', line: 'password is hunter22, in a URL hunter22' });
    expect(readFileSync(journal.path, 'utf8') + told.join()).not.toContain('hunter22');
    expect(told[0]).toContain('<secret>');
  });

  it('and the error itself tell a person no secret that a guest printed', async () => {
    const secrets = new Redactor();
    secrets.add('hunter22');
    const journal = journalIn(scratch(), secrets);
    const failing = execute(journal, never, async () => {
      throw new GoldsmithError('installer-stopped', 'It asks for http://h/hunter22/a', {
        hint: 'Not hunter22.',
        details: { lastLines: ['GET /hunter22/a'] },
        cause: new Error('hunter22 again'),
      });
    });
    const error = await failing.catch(reason => reason);
    expect(error).toMatchObject({ code: 'installer-stopped', message: 'It asks for http://h/<secret>/a' });
    const { message, stack, hint, details, cause } = error;
    expect(JSON.stringify([message, stack, hint, details, cause.message, cause.stack])).not.toContain('hunter22');
  });

  it('loses only the line that a crash tore', () => {
    const dir = scratch();
    const first = journalIn(dir);
    first.append({ type: 'note', message: 'one' });
    appendFileSync(first.path, '{"type":"torn');
    journalIn(dir).append({ type: 'note', message: 'two' });
    expect(readJournal(first.path).map(event => [event.seq, event.type])).toEqual([
      [1, 'note'],
      [2, 'note'],
    ]);
  });
});

describe('after kill -9', () => {
  it('the journal is enough to end the orphan and remove the folder, twice over', async () => {
    const dir = scratch();
    const a = path.join(dir, 'a');
    const pidFile = path.join(dir, 'orphan.pid');
    const child = spawn(process.execPath, ['--input-type=module', '-e', crashingProgram(dir, a, pidFile)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const pid = Number(await new Promise<string>(resolve => child.stdout.once('data', data => resolve(String(data)))));
    child.kill('SIGKILL');
    await new Promise(resolve => child.once('exit', resolve));
    expect(existsSync(a)).toBe(true);
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toContain('61742');
    const journal = path.join(dir, 'journal.jsonl');
    appendFileSync(journal, '{"type":"torn');
    const kinds = (await giveBackRest(journal)).map(resource => resource.kind);
    expect(kinds).toEqual(['process', 'dir']);
    expect(existsSync(a)).toBe(false);
    expect(existsSync(`/proc/${pid}/cmdline`) && readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toBeFalsy();
    expect(await giveBackRest(journal)).toHaveLength(2);
  });
});

/** Holds a folder and a process, then waits to be killed. Runs from the compiled output, as Node 20 reads no types. */
function crashingProgram(dir: string, a: string, pidFile: string): string {
  const out = (file: string) => JSON.stringify(pathToFileURL(path.resolve('out/core', file)).href);
  return `
    import { mkdirSync } from 'node:fs'; import { spawn } from 'node:child_process';
    const { Journal } = await import(${out('build/journal.js')});
    const { execute } = await import(${out('build/run.js')});
    const { Redactor } = await import(${out('model/redact.js')});
    const journal = new Journal(${JSON.stringify(path.join(dir, 'journal.jsonl'))}, new Redactor());
    await execute(journal, new AbortController().signal, async run => {
      await run.hold({ kind: 'dir', path: ${JSON.stringify(a)} }, async () => mkdirSync(${JSON.stringify(a)}));
      await run.hold({ kind: 'process', pidFile: ${JSON.stringify(pidFile)}, mark: '61742' }, async () => {
        const child = spawn('sh', ['-c', 'echo $$ > "$0"; exec sleep 61742', ${JSON.stringify(pidFile)}], { detached: true, stdio: 'ignore' });
        await new Promise(resolve => setTimeout(resolve, 300));
        console.log(child.pid);
      });
      await new Promise(() => setInterval(() => {}, 1000));
    });`;
}
