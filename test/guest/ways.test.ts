import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Guest } from '../../core/guest/guest.ts';
import { makeKeyPair } from '../../core/guest/keys.ts';
import { SocksRoute } from '../../core/guest/route/socks.ts';
import { Tunnels } from '../../core/guest/route/tunnels.ts';
import { type ConnectOptions, connectGuest } from '../../core/guest/ssh.ts';
import { startAgent } from './agent.ts';
import { toSshd } from './logged-in.ts';
import { TestScope } from './scope.ts';
import { socksServer } from './socks-server.ts';
import { freePort, Sshd } from './sshd.ts';

let sshd: Sshd;
beforeAll(async () => {
  sshd = await Sshd.start();
});
afterAll(() => sshd.stop());

const reach = (more: Partial<ConnectOptions>): Promise<Guest> => connectGuest(new TestScope(), toSshd(sshd, more));
const works = async (guest: Guest): Promise<void> => {
  expect((await guest.exec('true')).exitCode).toBe(0);
  await guest.close();
};

describe('an SSH agent', () => {
  it('lets in with its keys only', async () => {
    const agent = await startAgent(sshd.keys.clientKey.privateKey);
    const { privateKey: _, ...options } = toSshd(sshd, { agent: agent.socket });
    const guest = await connectGuest(new TestScope(), options);
    expect(guest.address).toMatchObject({ agent: agent.socket });
    expect(guest.address.privateKey).toBeUndefined();
    await works(guest);
    agent.stop();
    await expect(connectGuest(new TestScope(), { ...options, authAttempts: 1 })).rejects.toMatchObject({
      code: 'guest-auth',
      message: expect.stringContaining('the keys of the SSH agent'),
    });
  });

  it('with another key lets nobody in, and the recipe’s own key comes after it', async () => {
    const agent = await startAgent(makeKeyPair('stranger').privateKey);
    await works(await reach({ agent: agent.socket }));
    const { privateKey: _, ...options } = toSshd(sshd, { agent: agent.socket, authAttempts: 1 });
    await expect(connectGuest(new TestScope(), options)).rejects.toMatchObject({ code: 'guest-auth' });
    agent.stop();
  });
});

describe('a SOCKS5 proxy', () => {
  it.each([undefined, { user: 'me', password: 'secret word' }])(
    'leads to the guest (login %j)',
    async login => {
      const server = await socksServer(login);
      const own = login ? { username: login.user, password: login.password } : {};
      const guest = await reach({ route: new SocksRoute({ host: '127.0.0.1', port: server.port, ...own }) });
      await sshd.down();
      const back = sleep(300).then(() => sshd.up());
      await guest.ensureConnected({ timeoutMs: 20_000 });
      await works(guest);
      await back;
      expect(server.asked.length).toBeGreaterThan(1);
      expect(new Set(server.asked)).toEqual(new Set([`127.0.0.1:${sshd.port}`]));
      server.stop();
    },
    30_000,
  );

  it('leads other programs there, too', async () => {
    const server = await socksServer();
    const guest = await reach({ route: new SocksRoute({ host: 'localhost', port: server.port }) });
    const way = await guest.wayIn();
    expect(way.address.port).not.toBe(sshd.port);
    const socket = net.connect(way.address.port, way.address.host);
    expect(String((await once(socket, 'data'))[0])).toMatch(/^SSH-2.0-OpenSSH/);
    await way.close();
    await expect(once(net.connect(way.address.port, way.address.host), 'connect')).rejects.toThrow('ECONNREFUSED');
    await guest.close();
    server.stop();
  });

  it('that refuses the login is a failure at once; one that is not there, or finds no guest, is waited for', async () => {
    const server = await socksServer({ user: 'me', password: 'right' });
    const at = { host: '127.0.0.1', port: server.port };
    for (const login of [{ username: 'me', password: 'wrong' }, {}]) {
      const refused = reach({ route: new SocksRoute({ ...at, ...login }), timeoutMs: 60_000 });
      await expect(refused).rejects.toMatchObject({ code: 'guest-auth' });
    }
    const scope = new TestScope();
    const route = new SocksRoute({ ...at, username: 'me', password: 'right' });
    const port = await freePort();
    await expect(connectGuest(scope, toSshd(sshd, { route, port, timeoutMs: 1500 }))).rejects.toMatchObject({
      code: 'guest-unreachable',
    });
    expect(scope.notes()[0]).toContain('nothing listens on the port (SOCKS proxy');
    server.stop();
    const gone = connectGuest(new TestScope(), toSshd(sshd, { route: new SocksRoute(at), timeoutMs: 1500 }));
    await expect(gone).rejects.toMatchObject({ message: expect.stringContaining('ECONNREFUSED') });
  });
});

/** Answers each line with itself, and says who it is. */
async function echoServer(name: string): Promise<{ port: number; stop(): void }> {
  const server = net.createServer(socket => {
    socket.on('error', () => undefined);
    socket.on('data', data => socket.end(`${name} ${data}`));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return { port: address && typeof address === 'object' ? address.port : 0, stop: () => server.close() };
}

async function ask(port: number, text: string): Promise<string> {
  const socket = net.connect(port, 'localhost');
  let heard = '';
  socket.on('data', data => {
    heard += data;
  });
  socket.write(text);
  await once(socket, 'close');
  return heard;
}

describe('tunnels', () => {
  it('lead both ways, over the next connection too, and end with the guest', async () => {
    const guestd = await Sshd.start(['LogLevel DEBUG1']);
    const echo = await echoServer('echo');
    const local = [{ port: await freePort(), toHost: '127.0.0.1', toPort: echo.port }];
    const remote = [{ port: await freePort(), toHost: '127.0.0.1', toPort: echo.port }];
    const guest = await connectGuest(new TestScope(), toSshd(guestd, { tunnels: new Tunnels({ local, remote }) }));
    for (const nth of ['first', 'second']) {
      for (const { port } of [...local, ...remote]) expect(await ask(port, nth)).toBe(`echo ${nth}`);
      // One was opened by sshd, the other goes through it.
      expect(guestd.log).toContain(`Local forwarding listening on 127.0.0.1 port ${remote[0]?.port}`);
      expect(guestd.log).toContain(`target 127.0.0.1 port ${echo.port}`);
      await guestd.down();
      await guestd.up();
      await guest.ensureConnected({ timeoutMs: 10_000 });
    }
    await guest.close();
    await sleep(200);
    for (const { port } of [...local, ...remote]) await expect(ask(port, 'x')).rejects.toThrow('ECONNREFUSED');
    echo.stop();
    await guestd.stop();
  });

  it('that cannot be opened are a failure that names the port', async () => {
    const echo = await echoServer('taken');
    const tunnel = { port: echo.port, toHost: 'localhost', toPort: 9 };
    await expect(reach({ tunnels: new Tunnels({ local: [tunnel], remote: [] }) })).rejects.toMatchObject({
      code: 'busy',
      message: expect.stringContaining(String(echo.port)),
    });
    echo.stop();
    const strict = await Sshd.start(['AllowTcpForwarding no']);
    const refused = toSshd(strict, { tunnels: new Tunnels({ local: [], remote: [tunnel] }) });
    await expect(connectGuest(new TestScope(), refused)).rejects.toMatchObject({
      code: 'guest-unreachable',
      message: expect.stringContaining(String(echo.port)),
    });
    await strict.stop();
  });
});
