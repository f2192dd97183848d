import { createSocket } from 'node:dgram';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Scope } from '../../core/build/scope.ts';
import { startLogReceiver } from '../../core/installer/receiver.ts';
import type { BuildEvent } from '../../core/model/event.ts';
import { Redactor } from '../../core/model/redact.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'receiver-'));
});
afterEach(() => rm(dir, { recursive: true }));

function testScope(signal = new AbortController().signal): Scope & { events: BuildEvent[] } {
  const events: BuildEvent[] = [];
  return {
    events,
    signal,
    secrets: new Redactor(),
    emit: event => events.push(event),
    hold: (_resource, acquire) => acquire(),
    release: async () => {},
  };
}

function send(port: number, ...datagrams: string[]): Promise<void> {
  const socket = createSocket('udp4');
  const sent = datagrams.map(text => new Promise(resolve => socket.send(text, port, '127.0.0.1', resolve)));
  return Promise.all(sent).then(() => new Promise(resolve => socket.close(() => resolve())));
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !condition(); i++) await new Promise(resolve => setTimeout(resolve, 10));
  expect(condition()).toBe(true);
}

it('keeps lines, tells them with their level, and masks secrets', async () => {
  const scope = testScope();
  scope.secrets.add('hunter22');
  const file = path.join(dir, 'installer.log');
  const lines: string[] = [];
  const receiver = await startLogReceiver(scope, { bind: '127.0.0.1', file, onLine: ({ text }) => lines.push(text) });
  await send(
    receiver.port,
    '<30>Nov 20 10:00:00 main-menu[1]: INFO: first\n',
    '<28>Nov 20 10:00:00 anna[2]: WARNING **: second\n',
    '<11>Nov 20 10:00:00 in-target: E: password is hunter22\n',
    '<15>Nov 20 10:00:00 debconf: --> SET passwd/x $6$abcdefgh$0123456789abcdef\n',
  );
  await until(() => lines.length === 4);
  await receiver.close();
  await receiver.close();
  expect(scope.events).toEqual([
    { type: 'line', source: 'installer', line: 'main-menu[1]: INFO: first' },
    { type: 'line', source: 'installer', line: 'anna[2]: WARNING **: second', level: 'warning' },
    { type: 'line', source: 'installer', line: 'in-target: E: password is <secret>', level: 'error' },
  ]);
  expect(await readFile(file, 'utf8')).toBe(`${lines.join('\n')}\n`);
  expect(lines[3]).toBe('debconf: --> SET passwd/x <secret>');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

it('gives the port back when the build is cancelled', async () => {
  const controller = new AbortController();
  const options = { bind: '127.0.0.1' as const, file: path.join(dir, 'log'), onLine: () => {} };
  const { port, close } = await startLogReceiver(testScope(controller.signal), options);
  controller.abort();
  await close();
  const socket = createSocket('udp4');
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, '127.0.0.1', resolve);
  });
  socket.close();
});

it('says when the log cannot be kept, and goes on', async () => {
  const scope = testScope();
  const lines: string[] = [];
  const receiver = await startLogReceiver(scope, {
    bind: '127.0.0.1',
    file: path.join(dir, 'no/such/folder'),
    onLine: ({ text }) => lines.push(text),
  });
  await send(receiver.port, '<30>x');
  await until(() => lines.length === 1);
  await receiver.close();
  expect(scope.events).toContainEqual(expect.objectContaining({ type: 'warning' }));
});
