import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { run } from '../../core/exec.ts';

/** A process of its own that runs a program for ever, and says the program's process id. */
const PARENT = `
const { run } = await import(${JSON.stringify(path.resolve('out/core/exec.js'))});
await run('sh', ['-c', 'echo $$; exec sleep 1000'], { diesWithUs: true, onOutput: text => process.stdout.write(text) });
`;

it('a program that dies with us is gone when we are killed', async () => {
  const parent = spawn(process.execPath, ['--input-type=module', '-e', PARENT], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = await once(parent.stdout, 'data');
  const proc = `/proc/${Number(said)}`;
  expect(readFileSync(`${proc}/cmdline`, 'latin1')).toMatch(/^(sleep|sh)\0/);
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  while (existsSync(proc)) await sleep(10); // it runs for ever if nobody ends it, and so would this
});

it('a program that is missing is told by its own name', async () => {
  const missing = run('goldsmith-no-such-program', [], { diesWithUs: true });
  await expect(missing).rejects.toMatchObject({
    code: 'host-lacks',
    message: 'goldsmith-no-such-program is not installed.',
  });
});

it.each([true, false])('a folder that is gone is told instead of the program, which is there: %s', async diesWithUs => {
  const cwd = mkdtempSync(path.join(tmpdir(), 'gone-'));
  rmSync(cwd, { recursive: true });
  await expect(run('true', [], { cwd, diesWithUs })).rejects.toMatchObject({
    code: 'not-found',
    message: `true cannot run in ${cwd}: there is no such folder.`,
  });
});

it('a command line in a folder that is gone says so, without a stack trace', async () => {
  const cwd = mkdtempSync(path.join(tmpdir(), 'gone-'));
  const script = 'rmdir "$PWD" && exec "$0" "$@"';
  const shell = spawn('sh', ['-c', script, process.execPath, path.resolve('out/core/cli/main.js'), 'images'], { cwd });
  let said = '';
  shell.stderr.on('data', chunk => (said += chunk));
  const [status] = await once(shell, 'close');
  expect([status, said]).toEqual([
    8,
    'error: The folder that you are in has been removed.\n  hint: Change to one that is there.\n  code: not-found\n',
  ]);
});
