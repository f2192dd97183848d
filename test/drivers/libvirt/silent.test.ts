import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Connection, withConnection } from '../../../core/drivers/libvirt/connection.ts';
import { askLibvirts } from '../../../core/engine/libvirts.ts';
import type { LongLivedInfo } from '../../../core/model/long-lived.ts';
import { runsAll } from '../../extent.ts';
import { goldsmith } from '../../real/goldsmith.ts';

/** A daemon that hangs, and a host whose answers are swallowed: whoever connects is let in, and hears nothing. */

/** libvirt's own driver for tests, and the machine that it always has. */
const TEST = 'test:///default';
const TEST_MACHINE = '6695eb01-f6a4-8304-79aa-97f2502e193f';

let dir = '';
let socket = '';
let servers: Server[] = [];
const held = new Set<Socket>();

const hangUp = (): void => {
  for (const one of held) one.destroy();
};

/** At a socket's path, or at a port of the loopback. */
async function listen(where: { path: string } | { host: string; port: number }): Promise<Server> {
  const server = createServer(one => {
    held.add(
      one
        .resume()
        .on('error', () => {})
        .on('close', () => held.delete(one)),
    );
  });
  server.listen(where);
  await once(server, 'listening');
  return server;
}

const portOf = (server: Server | undefined): number | undefined => (server?.address() as AddressInfo | undefined)?.port;

beforeEach(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-silent-'));
  socket = path.join(dir, 'libvirt-sock');
  servers = [await listen({ path: socket }), await listen({ host: '127.0.0.1', port: 0 })];
});
afterEach(() => {
  hangUp();
  for (const server of servers) server.close();
  rmSync(dir, { recursive: true, force: true });
});

const onSocket = (): string => `qemu+unix:///session?socket=${socket}`;
const overNetwork = (): string => `qemu+tcp://127.0.0.1:${portOf(servers[1])}/system`;

describe('a libvirt that lets us in and says nothing', () => {
  it('is unreachable in the list of machines, and others are shown as they are', async () => {
    const home = path.join(dir, 'home');
    const uris = { hangs: onSocket(), far: overNetwork(), runs: TEST };
    for (const [name, uri] of Object.entries(uris)) {
      const folder = path.join(home, 'machines', name);
      mkdirSync(folder, { recursive: true });
      const uuid = uri === TEST ? TEST_MACHINE : randomUUID();
      const createdAt = new Date().toISOString();
      const record = { name, image: 'tiny', version: 'v1', uri, uuid, user: 'root', createdAt };
      writeFileSync(path.join(folder, 'machine.json'), JSON.stringify(record));
    }
    // That the command ends while they are silent is what is tested.
    const { status, stdout } = await goldsmith(['vm', 'list', '--json'], dir, { GOLDSMITH_HOME: home });
    await expect.poll(() => held.size).toBe(0);
    expect(status).toBe(0);
    const all = JSON.parse(stdout) as LongLivedInfo[];
    expect(Object.fromEntries(all.map(one => [one.name, one.state]))).toEqual({
      hangs: 'unreachable',
      far: 'unreachable',
      runs: 'running',
    });
    for (const { uri, reason } of all.filter(({ state }) => state === 'unreachable'))
      expect(reason).toContain(`${uri} did not answer within`);
  });

  it('is told by the doctor', async () => {
    const [told] = await askLibvirts([onSocket()]);
    expect(told).toEqual({ uri: onSocket(), reason: expect.stringContaining(onSocket()), hint: expect.any(String) });
  });

  it.runIf(runsAll)('is waited for a minute once, not for each thing that is left there', async () => {
    const refusal = { code: 'host-lacks', message: expect.stringContaining('within 60 s') };
    await expect(Connection.open(onSocket())).rejects.toMatchObject(refusal);
    const others = Promise.allSettled([1, 2, 3].map(() => Connection.open(onSocket())));
    const told = await Promise.race([others, sleep(30_000, [])]);
    expect(told.map(one => one.status)).toEqual(['rejected', 'rejected', 'rejected']);
  });

  it('takes no thread from others, however often it is asked, and is asked anew once it hangs up', async () => {
    for (let nth = 0; nth < 12; nth++) await expect(Connection.open(onSocket(), 50)).rejects.toThrow('did not answer');
    await expect.poll(() => held.size).toBe(1);
    expect(await withConnection(TEST, connection => connection.call('connectUri'))).toBe(TEST);
    servers[0]?.close();
    hangUp();
    await expect.poll(() => Connection.open(onSocket()).catch(error => error.message)).toMatch(/^libvirt: /);
  });
});
