import { readFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { startAnswerServer } from '../../core/answers/server.ts';
import { TestScope } from '../guest/scope.ts';
import { ask, exchange, parseAnswers, requestText } from './raw.ts';
import { filesOf, GUEST_NAME, type Serving, serving, TOKEN, toldRequests } from './served.ts';

const FILES = { '/ks.cfg': 'rootpw --lock\n', '/sub dir/a+b.txt': 'spaced', '/empty': '' };

let open: Serving[] = [];
const start = async (...args: Parameters<typeof serving>): Promise<Serving> => {
  const started = await serving(...args);
  open.push(started);
  return started;
};

afterEach(async () => {
  await Promise.all(open.map(({ server }) => server.close()));
  open = [];
});

describe('a fetch', () => {
  test('gives exactly the bytes, never cached, never guessed', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const { server, host } = await start(new Map([['/all', bytes]]));
    const { status, headers, body } = await ask(server.port, { target: `/${TOKEN}/all`, host });
    expect(status).toBe(200);
    expect(Buffer.from(body, 'latin1').equals(bytes)).toBe(true);
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-type': 'application/octet-stream',
      'content-length': '256',
    });
    expect(
      [...headers.keys()].filter(name => name.startsWith('access-control') || name === 'server' || name === 'etag'),
    ).toEqual([]);
  });

  test.each([
    ['/ks.cfg', 200],
    ['/ks.cfg?mac=52:54:00', 200],
    ['//ks.cfg', 200],
    ['/sub%20dir/a+b.txt', 200],
    ['/sub%20dir/a%2Bb.txt', 200],
    ['/empty', 200],
    ['/', 404],
    ['', 404],
    ['/sub%20dir', 404],
    ['/sub%20dir/', 404],
    ['/ks.cfg/', 404],
    ['/KS.CFG', 404],
  ])('%s is %i', async (path, status) => {
    const { server, host } = await start(FILES);
    expect((await ask(server.port, { target: `/${TOKEN}${path}`, host })).status).toBe(status);
  });

  test('url() is where a guest fetches a path', async () => {
    const { server, host } = await start(FILES);
    expect(server.url('/sub dir/a+b.txt')).toBe(`http://${GUEST_NAME}:${server.port}/${TOKEN}/sub%20dir/a+b.txt`);
    const target = new URL(server.url('/sub dir/a+b.txt')).pathname;
    expect((await ask(server.port, { target, host })).body).toBe('spaced');
  });

  test('HEAD tells the length without the body and does not count as fetched', async () => {
    const { server, host } = await start(FILES);
    const answer = await ask(server.port, { method: 'HEAD', target: `/${TOKEN}/ks.cfg`, host });
    expect([answer.status, answer.body, answer.headers.get('content-length')]).toEqual([200, '', '14']);
    expect(server.fetched.size).toBe(0);
  });

  test('several on one connection are all answered', async () => {
    const { server, host } = await start(FILES);
    const one = requestText({ target: `/${TOKEN}/ks.cfg`, host });
    const last = requestText({ target: `/${TOKEN}/empty`, host, headers: ['Connection: close'] });
    const answers = parseAnswers(await exchange(server.port, one + one + last));
    expect(answers.map(answer => answer.body)).toEqual(['rootpw --lock\n', 'rootpw --lock\n', '']);
  });

  test('HTTP/1.0 without a Host is served, as very old installers ask', async () => {
    const { server } = await start(FILES);
    expect(parseAnswers(await exchange(server.port, `GET /${TOKEN}/ks.cfg HTTP/1.0\r\n\r\n`))[0]?.status).toBe(200);
  });
});

describe('ranges', () => {
  test.each([
    ['bytes=0-3', 206, 'root', 'bytes 0-3/14'],
    ['bytes=7-', 206, '--lock\n', 'bytes 7-13/14'],
    ['bytes=-5', 206, 'lock\n', 'bytes 9-13/14'],
    ['bytes=-99', 206, 'rootpw --lock\n', 'bytes 0-13/14'],
    ['bytes=5-99', 206, 'w --lock\n', 'bytes 5-13/14'],
    ['bytes=14-', 416, '', 'bytes */14'],
    ['bytes=-0', 416, '', 'bytes */14'],
    ['bytes=0-1,3-4', 200, 'rootpw --lock\n', undefined],
    ['bytes=4-2', 200, 'rootpw --lock\n', undefined],
    ['bytes=-', 200, 'rootpw --lock\n', undefined],
    ['lines=0-1', 200, 'rootpw --lock\n', undefined],
    ['bytes=99999999999999999999-', 416, '', 'bytes */14'],
  ])('%s is %i', async (range, status, body, contentRange) => {
    const { server, host } = await start(FILES);
    const answer = await ask(server.port, { target: `/${TOKEN}/ks.cfg`, host, headers: [`Range: ${range}`] });
    expect([answer.status, answer.body, answer.headers.get('content-range')]).toEqual([status, body, contentRange]);
  });
});

describe('who is turned away', () => {
  const target = `/${TOKEN}/ks.cfg`;
  test.each<[string, number, (host: string) => Parameters<typeof ask>[1]]>([
    ['a POST', 405, host => ({ method: 'POST', target, host })],
    ['OPTIONS, as before a request across origins', 405, host => ({ method: 'OPTIONS', target, host })],
    ['PUT', 405, host => ({ method: 'PUT', target, host })],
    ['TRACE', 405, host => ({ method: 'TRACE', target, host })],
    ['another Host (DNS rebinding)', 403, () => ({ target, host: 'evil.example' })],
    ['our own loopback name', 403, host => ({ target, host: host.replace(GUEST_NAME, '127.0.0.1') })],
    ['localhost', 403, host => ({ target, host: host.replace(GUEST_NAME, 'localhost') })],
    ['another port', 403, () => ({ target, host: `${GUEST_NAME}:1` })],
    ['a Host that only begins as ours', 403, host => ({ target, host: `${host}.evil.example` })],
    ['two Hosts', 400, host => ({ target, host, headers: [`Host: ${host}`] })],
    ['a page of another site', 403, host => ({ target, host, headers: ['Origin: http://evil.example'] })],
    ['a page without origin', 403, host => ({ target, host, headers: ['Origin: null'] })],
    ['a browser that navigates', 403, host => ({ target, host, headers: ['Sec-Fetch-Mode: navigate'] })],
    ['a fetch with a body', 400, host => ({ target, host, headers: ['Content-Length: 5', '', 'abcde'] })],
  ])('%s: %i', async (_what, status, request) => {
    const { server, host } = await start(FILES);
    const answer = await ask(server.port, request(host));
    expect([answer.status, answer.body]).toEqual([status, '']);
    expect(server.fetched.size).toBe(0);
  });

  test('the Host without a port is GRUB, and served', async () => {
    const { server } = await start(FILES);
    expect((await ask(server.port, { target, host: GUEST_NAME })).status).toBe(200);
  });

  test('HTTP/1.1 without a Host', async () => {
    const { server } = await start(FILES);
    expect(parseAnswers(await exchange(server.port, `GET ${target} HTTP/1.1\r\n\r\n`))[0]?.status).toBe(400);
  });

  test.each([
    ['no token', '/ks.cfg'],
    ['a wrong token', `/${TOKEN.replace('a', 'b')}/ks.cfg`],
    ['the token in capitals', `/${TOKEN.toUpperCase()}/ks.cfg`],
    ['a longer token', `/${TOKEN}a/ks.cfg`],
    ['a shorter token', `/${TOKEN.slice(1)}/ks.cfg`],
    ['the token alone', `/${TOKEN}`],
    ['the token escaped', `/%61${TOKEN.slice(1)}/ks.cfg`],
    ['the token as a query', `/ks.cfg?${TOKEN}`],
    ['the token behind another segment', `/x/${TOKEN}/ks.cfg`],
  ])('%s: 404 like any unknown path', async (_what, path) => {
    const { server, host } = await start(FILES);
    const answer = await ask(server.port, { target: path, host });
    const unknown = await ask(server.port, { target: `/${TOKEN}/unknown`, host });
    for (const one of [answer, unknown]) one.headers.delete('date');
    expect(answer).toEqual(unknown);
    expect(answer.status).toBe(404);
  });

  test('without a token, paths are as they are', async () => {
    const range = { bind: '127.0.0.1', portMin: 20_000, portMax: 29_999 };
    const options = { ...range, files: filesOf(FILES), advertisedHost: GUEST_NAME };
    const server = await startAnswerServer(new TestScope(), options);
    expect((await ask(server.port, { target: '/ks.cfg', host: `${GUEST_NAME}:${server.port}` })).status).toBe(200);
    expect(server.url('/ks.cfg')).toBe(`http://${GUEST_NAME}:${server.port}/ks.cfg`);
    await server.close();
  });
});

describe('what is told', () => {
  test('each request, with the path of the file and without the token', async () => {
    const { scope, server, host } = await start(FILES);
    for (const target of [
      `/${TOKEN}/ks.cfg?x`,
      `/${TOKEN}//ks.cfg`,
      `/${TOKEN}/nope%1b[2J`,
      `/x/${TOKEN}/y`,
      '/ks.cfg',
    ]) {
      await ask(server.port, { target, host });
    }
    await ask(server.port, { method: 'POST', target: `/${TOKEN}/ks.cfg`, host });
    await vi.waitFor(() => expect(toldRequests(scope)).toHaveLength(6));
    expect(toldRequests(scope)).toEqual([
      'GET /ks.cfg 200 14',
      'GET /ks.cfg 200 14',
      'GET /nope%1b[2J 404 0',
      'GET /x/<token>/y 404 0',
      'GET /ks.cfg 404 0',
      'POST /ks.cfg 405 0',
    ]);
    expect(JSON.stringify(scope.events)).not.toContain(TOKEN);
  });

  test('a long path is cut', async () => {
    const { scope, server, host } = await start(FILES);
    await ask(server.port, { target: `/${'x'.repeat(5000)}`, host });
    await vi.waitFor(() => expect(toldRequests(scope)).toHaveLength(1));
    expect(toldRequests(scope)[0]?.length).toBeLessThan(300);
  });

  test('a journal that cannot be written does not end the server', async () => {
    const scope = new TestScope();
    scope.emit = () => {
      throw new Error('ENOSPC');
    };
    const { server, host } = await start(FILES, {}, scope);
    await ask(server.port, { target: `/${TOKEN}/ks.cfg`, host });
    expect((await ask(server.port, { target: `/${TOKEN}/ks.cfg`, host })).status).toBe(200);
  });
});

describe('what was fetched', () => {
  test('is counted by path once it is given to its end, and waited for', async () => {
    const { server, host } = await start(FILES);
    const [first, empty] = [server.whenFetched(), server.whenFetched('/empty')];
    await ask(server.port, { target: `/${TOKEN}/nope`, host });
    await ask(server.port, { target: `/${TOKEN}//ks.cfg`, host });
    await expect(first).resolves.toBe('/ks.cfg');
    await ask(server.port, { target: `/${TOKEN}/ks.cfg`, host });
    await ask(server.port, { target: `/${TOKEN}/empty`, host });
    await expect(empty).resolves.toBe('/empty');
    expect(Object.fromEntries(server.fetched)).toEqual({ '/ks.cfg': 2, '/empty': 1 });
    await expect(server.whenFetched('/ks.cfg')).resolves.toBe('/ks.cfg');
    await expect(server.whenFetched()).resolves.toBe('/ks.cfg');
  });

  test('is not what a client left in the middle', async () => {
    const { scope, server, host } = await start(new Map([['/big', Buffer.alloc(64 * 1024 * 1024)]]));
    const socket = connect(server.port, '127.0.0.1', () =>
      socket.write(requestText({ target: `/${TOKEN}/big`, host })),
    );
    await new Promise(resolve => socket.once('data', resolve));
    socket.destroy();
    await vi.waitFor(() => expect(toldRequests(scope)).toEqual(['GET /big 200 0']));
    expect(server.fetched.size).toBe(0);
  });

  test('files are replaced as a whole, for a second try', async () => {
    const given = filesOf({ '/a': 'old', '/b': 'old' });
    const { server, host } = await start(given);
    given.set('/a', Buffer.from('changed behind its back'));
    expect((await ask(server.port, { target: `/${TOKEN}/a`, host })).body).toBe('old');
    server.replace(filesOf({ '/a': 'new' }));
    expect((await ask(server.port, { target: `/${TOKEN}/a`, host })).body).toBe('new');
    expect((await ask(server.port, { target: `/${TOKEN}/b`, host })).status).toBe(404);
  });
});

/** Listening TCP sockets on a port, as `address:port` of the kernel's own table. */
const listeners = (port: number): string[] =>
  ['/proc/net/tcp', '/proc/net/tcp6'].flatMap(table =>
    readFileSync(table, 'utf8')
      .split('\n')
      .map(line => line.trim().split(/\s+/))
      .filter(([, local, , state]) => state === '0A' && Number.parseInt(local?.split(':')[1] ?? '', 16) === port)
      .map(([, local = '']) => local),
  );

describe('the socket', () => {
  test('is one, on 127.0.0.1, and gone after close, which may be called twice', async () => {
    const { server } = await start(FILES);
    expect(listeners(server.port).map(local => local.split(':')[0])).toEqual(['0100007F']);
    await Promise.all([server.close(), server.close()]);
    await server.close();
    expect(listeners(server.port)).toEqual([]);
  });

  test('is gone with its connections when the build is cancelled', async () => {
    const { scope, server, host } = await start(FILES);
    const waiting = exchange(server.port, requestText({ target: `/${TOKEN}/ks.cfg`, host }));
    await server.whenFetched();
    scope.cancel();
    expect(parseAnswers(await waiting)[0]?.status).toBe(200);
    await vi.waitFor(() => expect(listeners(server.port)).toEqual([]));
  });

  test('a build that is cancelled already starts none', async () => {
    const scope = new TestScope();
    scope.cancel();
    await expect(serving(FILES, {}, scope)).rejects.toMatchObject({ name: 'AbortError' });
  });

  test.each(['0.0.0.0', '::', '::0', '0:0:0:0:0:0:0:0', '::ffff:0.0.0.0', '', 'localhost', '*', '0'])(
    'never listens on %j',
    async bind => {
      await expect(serving(FILES, { bind })).rejects.toMatchObject({
        code: 'usage',
        hint: expect.stringContaining('127.0.0.1'),
      });
    },
  );

  test('an address of another host is said to be one', async () => {
    await expect(serving(FILES, { bind: '192.0.2.1' })).rejects.toMatchObject({ code: 'host-lacks' });
  });
});

describe('the port', () => {
  const taken: Server[] = [];
  afterEach(() => Promise.all(taken.splice(0).map(server => new Promise(resolve => server.close(resolve)))));

  const take = (port: number): Promise<number> =>
    new Promise((resolve, reject) => {
      const server = createServer();
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        taken.push(server);
        const address = server.address();
        resolve(typeof address === 'object' && address ? address.port : 0);
      });
    });

  test('a taken one is skipped; when all are taken the range is named', async () => {
    const first = await take(0);
    const range = { portMin: first, portMax: first + 1 };
    const { server } = await start(FILES, range);
    expect(server.port).toBe(first + 1);
    await expect(serving(FILES, range)).rejects.toMatchObject({
      code: 'busy',
      message: expect.stringContaining(`${first} to ${first + 1}`),
      hint: expect.stringContaining('http_port_min'),
    });
  });

  test('is another one each time, so that builds seldom meet', async () => {
    const ports = await Promise.all(Array.from({ length: 8 }, async () => (await start(FILES)).server.port));
    expect(new Set(ports).size).toBe(8);
    expect(ports.every(port => port >= 20_000 && port <= 29_999)).toBe(true);
  });
});
