import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attemptLogin } from '../../core/guest/attempt.ts';
import { HostKeys, strictVerifier } from '../../core/guest/host-key.ts';
import { makeKeyPair } from '../../core/guest/keys.ts';
import { connectGuest } from '../../core/guest/ssh.ts';
import { never, toSshd } from './logged-in.ts';
import { hostKey, passwordServer } from './password-server.ts';
import { TestScope } from './scope.ts';
import { freePort, Sshd, sshdKnows } from './sshd.ts';

const limits = { bannerMs: 1000, loginMs: 5000 };
const signal = new AbortController().signal;

let sshd: Sshd;
beforeAll(async () => {
  sshd = await Sshd.start();
});
afterAll(() => sshd.stop());

/** A TCP server that does one thing to each connection, and counts them. */
async function answering(
  act: (socket: net.Socket) => void,
): Promise<{ port: number; count: () => number; stop: () => void }> {
  let count = 0;
  const sockets: net.Socket[] = [];
  const server = net.createServer(socket => {
    count++;
    sockets.push(socket.on('error', () => undefined));
    act(socket);
  });
  server.listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  const stop = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  const address = server.address();
  return { port: typeof address === 'object' && address ? address.port : 0, count: () => count, stop };
}

const login = (port: number, hostKeys = new HostKeys('trust-first'), more = {}) => ({
  host: '127.0.0.1',
  port,
  user: sshd.user,
  privateKey: sshd.keys.clientKey.privateKey,
  hostKeys,
  ...more,
});

describe('one attempt', () => {
  const cases: [string, (socket: net.Socket) => void][] = [
    ['silent', () => undefined],
    ['dropped', socket => socket.destroy()],
    ['dropped', socket => socket.resetAndDestroy()],
    ['penalised', socket => socket.end('Not allowed at this time\r\n')],
    ['penalised', socket => socket.end('Exceeded MaxStartups\r\n')],
    ['lost', socket => socket.end('SSH-2.0-OpenSSH_10.0\r\n')],
    ['incompatible', socket => socket.end(`HTTP/1.1 400 Bad Request\r\n${'x\r\n'.repeat(2000)}`)],
  ];
  it.each(cases)('knows that it was %s', async (end, act) => {
    const server = await answering(act);
    expect(await attemptLogin(login(server.port), limits, signal)).toMatchObject({ end });
    server.stop();
  });

  it('knows a refused port, a wrong key, and a login that is too slow', async () => {
    expect(await attemptLogin(login(await freePort()), limits, signal)).toMatchObject({ end: 'refused' });
    const stranger = { privateKey: makeKeyPair('x').privateKey };
    expect(await attemptLogin(login(sshd.port, undefined, stranger), limits, signal)).toMatchObject({
      end: 'auth-failed',
    });
    const slow = await answering(socket => socket.write('SSH-2.0-OpenSSH_10.0\r\n'));
    const started = performance.now();
    expect(await attemptLogin(login(slow.port), { bannerMs: 100, loginMs: 700 }, signal)).toMatchObject({
      end: 'lost',
    });
    expect(performance.now() - started).toBeGreaterThan(650);
    slow.stop();
  });

  it('offers strict key exchange (CVE-2023-48795)', async () => {
    const offered = new Promise<string>(resolve => {
      void answering(socket => {
        socket.write('SSH-2.0-OpenSSH_10.0\r\n');
        let heard = '';
        socket.on('data', chunk => {
          heard += chunk.toString('latin1');
          if (heard.includes('curve25519')) resolve(heard);
        });
      }).then(async server => {
        await attemptLogin(login(server.port), { bannerMs: 500, loginMs: 500 }, signal);
        server.stop();
      });
    });
    expect(await offered).toContain('kex-strict-c-v00@openssh.com');
  });
});

describe('the host key', () => {
  it.each([undefined, null, 0, '', Number.NaN, 'true', 1, {}])('is refused when the check answers %s', async answer => {
    const hostKeys = new HostKeys('trust-first');
    hostKeys.accepts = () => answer as never;
    const attempt = await attemptLogin(login(sshd.port, hostKeys), limits, signal);
    expect(attempt.client).toBeUndefined();
    expect(attempt.end).toBe('incompatible');
  });

  it('is refused when the check throws', () => {
    const check = strictVerifier(() => {
      throw new Error('broken');
    });
    expect(check(Buffer.alloc(0))).toBe(false);
    expect(strictVerifier(() => true)(Buffer.alloc(0))).toBe(true);
  });

  it('must be the pinned one; nothing is sent to another', async () => {
    const pinned = [makeKeyPair('other').publicLine];
    const error = await connectGuest(new TestScope(), toSshd(sshd, { hostKey: { pinned } })).catch(error => error);
    expect(error).toMatchObject({ code: 'host-key-changed', details: { shown: expect.stringContaining('SHA256:') } });
    await sleep(100);
    expect(sshd.log).not.toContain('Accepted publickey');
  });

  it('may be the installer’s for a while, where the build says so', async () => {
    const own = await Sshd.start();
    own.write(makeKeyPair('installer'));
    await own.down();
    await own.up();
    const scope = new TestScope();
    const options = toSshd(own, { foreignHostKey: 'wait', timeoutMs: 40_000 });
    const waiting = connectGuest(scope, options);
    await sleep(500);
    own.write();
    await own.down();
    await own.up();
    const guest = await waiting;
    expect(scope.notes()[0]).toContain('another host key');
    await guest.close();
    await own.stop();
  }, 40_000);

  it('is pinned after the first use, which is told', async () => {
    const own = await Sshd.start();
    const scope = new TestScope();
    const guest = await connectGuest(scope, toSshd(own, { hostKey: 'trust-first' }));
    expect(scope.notes().join()).toMatch(/host key SHA256:\S+ was trusted because it came first/);
    expect(guest.address.hostKeys).toEqual([own.keys.hostKey.publicLine.split(' ').slice(0, 2).join(' ')]);
    await own.down();
    own.write(makeKeyPair('swapped'));
    await own.up();
    await expect(guest.reconnect({ timeoutMs: 10_000 })).rejects.toMatchObject({ code: 'host-key-changed' });
    await own.stop();
  });
});

describe('the wait', () => {
  it('goes on until the guest is there, and makes one attempt at a time', async () => {
    const port = await freePort();
    const scope = new TestScope();
    const waiting = connectGuest(scope, { ...toSshd(sshd), port, timeoutMs: 15_000 });
    await sleep(700);
    const late = await Sshd.start([`Port ${port}`]);
    late.write(sshd.keys.hostKey);
    await late.down();
    late.lines.push(`AuthorizedKeysFile ${sshd.dir}/authorized_keys`);
    late.write(sshd.keys.hostKey);
    await late.up();
    const guest = await waiting;
    expect(scope.notes()[0]).toContain('nothing listens');
    await guest.close();
    await late.stop();
  });

  it('starts at the sign of life, or when it has been quiet for long enough', async () => {
    const signs: [Promise<unknown> | undefined, number, number][] = [
      [sleep(300), 60_000, 300],
      [never, 400, 400],
    ];
    for (const [signOfLife, quietMs, least] of signs) {
      const started = performance.now();
      const more = signOfLife ? { signOfLife, quietMs } : {};
      const guest = await connectGuest(new TestScope(), toSshd(sshd, more));
      expect(performance.now() - started).toBeGreaterThanOrEqual(least - 5);
      expect(performance.now() - started).toBeLessThan(5000);
      await guest.close();
    }
  });

  it('ends with the machine, at once, in every phase', async () => {
    const silent = await answering(() => undefined);
    const exit = { isExpected: false, reason: 'QEMU was ended by SIGSEGV', lastLines: ['qemu: oops'] };
    for (const more of [{ port: silent.port }, { signOfLife: never, quietMs: 60_000 }]) {
      const started = performance.now();
      const options = toSshd(sshd, { ...more, exited: sleep(200).then(() => exit), timeoutMs: 60_000 });
      await expect(connectGuest(new TestScope(), options)).rejects.toMatchObject({
        code: 'qemu-failed',
        message: expect.stringContaining('SIGSEGV'),
        details: { lastLines: ['qemu: oops'] },
      });
      expect(performance.now() - started).toBeLessThan(1500);
    }
    silent.stop();
  });

  it('says that the guest powered itself off, where it did', async () => {
    const exited = sleep(100).then(() => ({ isExpected: true, reason: '', lastLines: [] }));
    const options = toSshd(sshd, { signOfLife: never, quietMs: 60_000, exited });
    await expect(connectGuest(new TestScope(), options)).rejects.toMatchObject({
      message: expect.stringContaining('powered itself off'),
    });
  });

  it('ends when it is cancelled', async () => {
    const silent = await answering(() => undefined);
    const scope = new TestScope();
    setTimeout(() => scope.cancel(), 200);
    const options = toSshd(sshd, { port: silent.port, timeoutMs: 60_000 });
    await expect(connectGuest(scope, options)).rejects.toMatchObject({ name: 'AbortError' });
    silent.stop();
  });

  it('ends at its limit, with what was seen last', async () => {
    const silent = await answering(() => undefined);
    await expect(
      connectGuest(new TestScope(), toSshd(sshd, { port: silent.port, timeoutMs: 1200 })),
    ).rejects.toMatchObject({
      code: 'guest-unreachable',
      hint: expect.stringContaining('serial console'),
    });
    expect(silent.count()).toBe(1);
    silent.stop();
  });

  it('reports a refused key after a few tries, with what to do', async () => {
    const options = toSshd(sshd, { privateKey: makeKeyPair('x').privateKey, authAttempts: 2 });
    const started = performance.now();
    await expect(connectGuest(new TestScope(), options)).rejects.toMatchObject({
      code: 'guest-auth',
      hint: expect.stringContaining('authorized_keys'),
      details: { attempts: 2 },
    });
    expect(performance.now() - started).toBeGreaterThan(1900);
  });

  it('logs in again after the pause that the recipe asks for', async () => {
    const started = performance.now();
    const guest = await connectGuest(new TestScope(), toSshd(sshd, { pauseBeforeConnectingMs: 400 }));
    expect(performance.now() - started).toBeGreaterThanOrEqual(395);
    expect((await guest.exec('true')).exitCode).toBe(0);
    await guest.close();
  });
});

describe('passwords', () => {
  const byPassword = (port: number, password: string) => ({
    host: '127.0.0.1',
    port,
    user: 'u',
    password,
    hostKey: { pinned: [hostKey.publicLine] },
    timeoutMs: 10_000,
    exited: never,
    authAttempts: 1,
  });

  it('hear of every command’s end, also when it comes with the answer in one packet', async () => {
    const server = await passwordServer('password', 'correct horse');
    const guest = await connectGuest(new TestScope(), byPassword(server.port, 'correct horse'));
    const codes = await Promise.all(
      Array.from({ length: 8 }, () => guest.exec('true').then(({ exitCode }) => exitCode)),
    );
    expect(codes).toEqual(codes.map(() => 0));
    await guest.close();
    server.stop();
  });

  it.each(['password', 'keyboard-interactive'] as const)('log in by %s, and are masked', async method => {
    const server = await passwordServer(method, 'correct horse');
    const scope = new TestScope();
    const guest = await connectGuest(scope, byPassword(server.port, 'correct horse'));
    expect((await guest.exec('true')).exitCode).toBe(0);
    expect(scope.secrets.mask('a correct horse')).toBe('a <secret>');
    await guest.close();
    await expect(connectGuest(scope, byPassword(server.port, 'wrong horse'))).rejects.toMatchObject({
      code: 'guest-auth',
    });
    server.stop();
  });
});

describe('OpenSSH’s penalties', () => {
  const option = 'PerSourcePenalties authfail:3s noauth:3s min:1s';
  const isKnown = sshdKnows(option);
  if (!isKnown)
    console.log(
      'skipped: this sshd has no PerSourcePenalties (OpenSSH 9.8 and later); GOLDSMITH_TEST_SSHD names another',
    );

  it.skipIf(!isKnown)(
    'are waited out',
    async () => {
      const strict = await Sshd.start([option, 'PerSourcePenaltyExemptList none']);
      const stranger = toSshd(strict, { privateKey: makeKeyPair('x').privateKey, authAttempts: 1 });
      const scope = new TestScope();
      await expect(connectGuest(scope, stranger)).rejects.toMatchObject({ code: 'guest-auth' });
      // sshd counts a failed login when its process for it has ended.
      await sleep(500);
      const guest = await connectGuest(scope, toSshd(strict, { timeoutMs: 30_000 }));
      expect(scope.notes().join()).toContain('turns us away');
      await guest.close();
      await strict.stop();
    },
    40_000,
  );
});
