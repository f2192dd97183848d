import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, expect, it, vi } from 'vitest';
import { Host } from '../../core/serve/host.ts';
import { serveParent } from '../../electron/parent.ts';
import { Client } from '../../renderer/link/client.ts';
import { messagePortLink } from '../../renderer/link/link.ts';
import { FakeEngine } from '../cli/fake-engine.ts';
import { runPreload } from './item-checks.ts';
import { FakeModules } from './stand-in.ts';

afterEach(() => vi.unstubAllGlobals());

/** A port as Electron's main and utility processes have it: an emitter whose messages are wrapped. */
function mainPort(
  port: MessagePort,
): EventEmitter & { postMessage(data: unknown): void; start(): void; close(): void } {
  const events = new EventEmitter();
  port.addEventListener('message', ({ data }) => events.emit('message', { data, ports: [] }));
  port.addEventListener('close', () => events.emit('close'));
  return Object.assign(events, {
    postMessage: (data: unknown) => port.postMessage(data),
    start: () => port.start(),
    close: () => port.close(),
  });
}

it('carries the contract from a page through the preload script and the main process to the engine', async () => {
  const { startShell } = await import('../../electron/shell.ts');
  const modules = new FakeModules();
  await startShell(modules.asElectron, { preload: '', engine: '', assets: 'out/app', folder: '/lab' });
  const engine = new EventEmitter();
  const host = new Host({
    folder: '/lab',
    env: process.env,
    version: 'test',
    face: 'app',
    launcher: [],
    openEngine: async () => new FakeEngine(),
  });
  serveParent(engine as never, host);
  modules.children[0]?.on('ports', (ports: MessagePort[]) => engine.emit('message', { ports: ports.map(mainPort) }));

  const window = new EventTarget();
  const preload = runPreload(readFileSync('out/electron/preload.cjs', 'utf8'));
  vi.stubGlobal('window', window);
  vi.stubGlobal('addEventListener', window.addEventListener.bind(window));
  vi.stubGlobal('removeEventListener', window.removeEventListener.bind(window));
  const deliver = (): void => {
    for (const { channel, ports = [] } of modules.windows[0]?.webContents.sent.splice(0) ?? []) {
      preload.emit(channel, { ports });
    }
    for (const { message, ports } of preload.posted.splice(0)) {
      window.dispatchEvent(Object.assign(new Event('message'), { source: window, data: message, ports }));
    }
  };
  const opening = messagePortLink({
    connect: () => {
      (preload.exposed['goldsmith'] as { connect(): void }).connect();
      for (const [channel, ...args] of preload.sent.splice(0)) modules.send(String(channel).split(':')[1] ?? '', args);
      deliver();
    },
  });
  const isOver = vi.fn();
  const client = new Client(await opening, () => {}, isOver);
  expect(await client.call('about', {})).toMatchObject({ ok: true, value: { version: 'test', face: 'app' } });
  expect(await client.call('targets', {})).toMatchObject({ ok: true });

  modules.children[0]?.emit('exit', 1);
  deliver();
  expect(isOver).toHaveBeenCalledOnce();
  expect(await client.call('about', {})).toMatchObject({ ok: false });
});
