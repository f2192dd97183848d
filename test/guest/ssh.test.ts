import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Guest } from '../../core/guest/guest.ts';
import { connectGuest } from '../../core/guest/ssh.ts';
import { TestScope } from './scope.ts';
import { Sshd } from './sshd.ts';

let sshd: Sshd;
let guest: Guest;
const scope = new TestScope();
const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-guest-'));

beforeAll(async () => {
  sshd = await Sshd.start();
  guest = await connectGuest(scope, {
    host: '127.0.0.1',
    port: sshd.port,
    user: sshd.user,
    privateKey: sshd.keys.clientKey.privateKey,
    hostKey: { pinned: [sshd.keys.hostKey.publicLine] },
    timeoutMs: 10_000,
    exited: new Promise(() => undefined),
  });
});
afterAll(async () => {
  await guest.close();
  await sshd.stop();
  rmSync(dir, { recursive: true });
});

const run = async (command: string, options = {}) => {
  const lines: string[] = [];
  const result = await guest.exec(command, { onLine: line => lines.push(line), ...options });
  return { ...result, lines };
};

it('runs commands, with exit codes, signals, input and both outputs', async () => {
  expect(await run('echo out; echo err >&2; exit 7')).toMatchObject({
    exitCode: 7,
    disconnected: false,
    started: true,
  });
  expect((await run('cat', { stdin: 'a\nb' })).lines).toEqual(['a', 'b']);
  expect((await run('cat')).lines).toEqual([]);
  const killed = await run('kill -TERM $$');
  expect(killed).toMatchObject({ signal: 'TERM', disconnected: false });
  expect(killed.exitCode).toBeUndefined();
});

it('streams lines as they come', async () => {
  const times: number[] = [];
  await guest.exec('echo 1; sleep 0.4; echo 2', { onLine: () => times.push(performance.now()) });
  expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(300);
});

it('survives 100 MB of lines and a line of 100 MB in bounded memory', async () => {
  const before = process.memoryUsage().rss;
  let count = 0;
  await guest.exec('yes 0123456789012345678901234567890123456789 | head -c 100000000', { onLine: () => count++ });
  expect(count).toBe(Math.ceil(100_000_000 / 41));
  const { lines } = await run('head -c 100000000 /dev/zero | tr "\\0" x; echo; echo end');
  expect(lines.map(line => line.length)).toEqual([16 * 1024 + ' [line cut]'.length, 3]);
  expect(process.memoryUsage().rss - before).toBeLessThan(250e6);
});

it('shows progress bars and colours as plain text', async () => {
  const { lines } = await run(`printf '10%%\\r20%%\\r30%%\\n\\033[31mred\\033[0m \\033]0;title\\007x\\ty\\n'`);
  expect(lines).toEqual(['30%', 'red x\ty']);
});

it('stops waiting for a command at its time limit, and with its signal', async () => {
  await expect(run('sleep 2', { timeoutMs: 300 })).rejects.toMatchObject({ code: 'timed-out' });
  await expect(run('sleep 2', { signal: AbortSignal.timeout(200) })).rejects.toMatchObject({ name: 'TimeoutError' });
  await expect(run('sleep 2', { signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before');
  expect((await run('echo on')).lines).toEqual(['on']);
});

it('does not wait for a daemon that a command left behind', async () => {
  const started = performance.now();
  expect(await run('sleep 20 & echo done')).toMatchObject({ exitCode: 0, lines: ['done'] });
  expect(performance.now() - started).toBeLessThan(6000);
}, 10_000);

it('copies files up and down, empty ones too, with their modes', async () => {
  const local = path.join(dir, 'file');
  const remote = path.join(dir, "it's there");
  const body = Buffer.from(Array.from({ length: 300_000 }, (_, at) => at % 251));
  writeFileSync(local, body, { mode: 0o640 });
  await guest.upload(local, remote);
  expect(readFileSync(remote).equals(body)).toBe(true);
  expect(statSync(remote).mode & 0o777).toBe(0o640);
  await guest.uploadText('', remote, { mode: 0o700 });
  expect(statSync(remote)).toMatchObject({ size: 0 });
  await guest.uploadText('hello', remote);
  await guest.download(remote, local);
  expect(readFileSync(local, 'utf8')).toBe('hello');
  writeFileSync(local, '');
  await guest.upload(local, remote);
  expect(readFileSync(remote, 'utf8')).toBe('');
});
