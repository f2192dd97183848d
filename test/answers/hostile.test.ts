import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { MAX_CONNECTIONS, MAX_REQUESTS_PER_SOCKET } from '../../core/answers/limits.ts';
import { collectAnswers } from '../../core/answers/render.ts';
import { ask, exchange, parseAnswers, requestText } from './raw.ts';
import { type Serving, serving, TOKEN } from './served.ts';

/** The bytes that must never be seen: in a file beside the served folder, and planted in it after the snapshot. */
const CANARY = 'canary-4f1d';
const SERVED = ['/ks.cfg', '/debian/preseed.cfg', '/a b', '/passwd', '/%2e%2e'];
const contentOf = (file: string): string => `served:${file}`;

let dir: string;
let serve: Serving;

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'answers-'));
  await writeFile(path.join(dir, 'canary'), CANARY);
  const http = path.join(dir, 'http');
  const content = Object.fromEntries(SERVED.map(file => [file, contentOf(file)]));
  await mkdir(http);
  await writeFile(path.join(http, 'later'), 'before');
  const files = await collectAnswers({ httpDirectory: http, httpContent: content }, dir);
  await rm(path.join(http, 'later'));
  await symlink(path.join(dir, 'canary'), path.join(http, 'later'));
  await symlink(path.join(dir, 'canary'), path.join(http, 'planted'));
  serve = await serving(files);
});

afterAll(async () => {
  await serve.server.close();
  await rm(dir, { recursive: true, force: true });
});

const get = (target: string) => ask(serve.server.port, { target, host: serve.host });

/** Ways out of a folder that have worked on some server, with and without the token. */
const TRAVERSALS = [
  '../canary',
  '../../canary',
  '../../../etc/passwd',
  './../canary',
  '.../canary',
  '....//canary',
  '..;/canary',
  '%2e%2e/canary',
  '%2e%2e%2fcanary',
  '..%2fcanary',
  '..%2f..%2fetc/passwd',
  '.%2e/canary',
  '%2e./canary',
  '%252e%252e%252fcanary',
  '..%252fcanary',
  '%25%32%65%25%32%65/canary',
  '%c0%ae%c0%ae/canary',
  '%c0%ae%c0%ae%c0%afcanary',
  '%e0%80%ae%e0%80%ae/canary',
  '%uff0e%uff0e/canary',
  '%u002e%u002e/canary',
  '..%c0%afcanary',
  '..%c1%9ccanary',
  '..\\canary',
  '..%5ccanary',
  '..%5c..%5cetc%5cpasswd',
  '..%255ccanary',
  '\\..\\canary',
  '/\\..\\canary',
  '%5c..%5ccanary',
  'a/../../canary',
  'ks.cfg/../../canary',
  'ks.cfg%00.txt',
  'ks.cfg%00',
  '../canary%00.cfg',
  '%00',
  '%0a',
  '%0d%0aX:%20y',
  '/etc/passwd',
  '//etc/passwd',
  '///etc/passwd',
  '%2fetc%2fpasswd',
  '/%2fetc/passwd',
  'file:///etc/passwd',
  '/./etc/passwd',
  'C:\\boot.ini',
  'C:/boot.ini',
  '//host/share',
  '~/.ssh/id_ed25519',
  '~root/.bashrc',
  'planted',
  'later/../planted',
  '.',
  '..',
  './',
  '../',
  '*',
  '?',
  '#',
  '?/ks.cfg',
  'ks.cfg/.',
  'ks.cfg/',
  'ks.cfg.',
  'ks.cfg%20',
  'ks.cfg::$DATA',
  'KS.CFG',
  'ks%2ecfg/..',
  '.git/config',
  '.env',
  'proc/self/environ',
  'proc/self/root/etc/passwd',
  'dev/fd/0',
  '{{ .HTTPIP }}',
  '{ks,x}.cfg',
];

describe('paths', () => {
  test.each(TRAVERSALS.filter(path => /^[\x21-\x7e]+$/.test(path)))('%s finds nothing', async path => {
    for (const target of [`/${TOKEN}/${path}`, `/${path}`]) {
      const { status, body } = await get(target);
      expect([target, status, body]).toEqual([target, 404, '']);
    }
  });

  test('what was changed after the snapshot is not seen', async () => {
    expect((await get(`/${TOKEN}/later`)).body).toBe('before');
    expect((await get(`/${TOKEN}/planted`)).status).toBe(404);
  });

  test('a file with the name of a traversal is that file', async () => {
    expect((await get(`/${TOKEN}/%2e%2e`)).body).toBe(contentOf('/%2e%2e'));
    expect((await get(`/${TOKEN}/%252e%252e`)).body).toBe(contentOf('/%2e%2e'));
  });
});

/** What a target should give, said once more in other words than the server's. */
function expected(target: string): string | undefined {
  const [raw = ''] = target.split('?');
  const [beforeFragment = ''] = raw.split('#');
  if (!beforeFragment.startsWith(`/${TOKEN}/`)) return undefined;
  const asked = beforeFragment
    .slice(TOKEN.length + 1)
    .split('/')
    .filter((part, nth) => nth === 0 || part !== '');
  const path = asked.join('/') + (beforeFragment.endsWith('/') ? '/' : '');
  const forms = (file: string): string[] => [file, encodeURI(file), file.split('/').map(encodeURIComponent).join('/')];
  return (
    ['/later', ...SERVED].find(file => file === path) ?? ['/later', ...SERVED].find(file => forms(file).includes(path))
  );
}

const PIECES = [
  '/',
  '/',
  '//',
  '..',
  '.',
  '%2e',
  '%2E',
  '%2f',
  '%5c',
  '\\',
  '%00',
  '%',
  '?',
  '#',
  ';',
  ':',
  '@',
  '*',
  '~',
  '%252e',
  'ks.cfg',
  'debian',
  'preseed.cfg',
  'a%20b',
  'passwd',
  'etc',
  'canary',
  'later',
  'planted',
  TOKEN,
  TOKEN.slice(1),
  'x',
];
const targets = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.array(fc.constantFrom(...PIECES), { maxLength: 8 }).map(parts => `/${TOKEN}/${parts.join('')}`),
  },
  { weight: 2, arbitrary: fc.array(fc.constantFrom(...PIECES), { maxLength: 8 }).map(parts => `/${parts.join('')}`) },
  { weight: 2, arbitrary: fc.constantFrom(...SERVED, '/later').map(file => `/${TOKEN}${encodeURI(file)}`) },
  {
    weight: 1,
    arbitrary: fc
      .string({ unit: fc.integer({ min: 0x21, max: 0x7e }).map(code => String.fromCharCode(code)) })
      .map(text => `/${TOKEN}/${text}`),
  },
);
/** Ten thousand requests by default; set FUZZ_REQUESTS for more. */
const BATCH = MAX_REQUESTS_PER_SOCKET - 2;
const RUNS = Math.ceil(Number(process.env['FUZZ_REQUESTS'] ?? 10_000) / BATCH);

test(`${RUNS * BATCH} made-up targets give exactly the files they name, and nothing else`, async () => {
  const found = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.array(targets, { minLength: BATCH, maxLength: BATCH }), async batch => {
      const requests = batch.map((target, nth) =>
        requestText({ target, host: serve.host, headers: nth === BATCH - 1 ? ['Connection: close'] : [] }),
      );
      const answers = parseAnswers(await exchange(serve.server.port, requests.join('')));
      const wanted = batch.map(expected);
      const bodies = wanted.map(file => (file === '/later' ? 'before' : file === undefined ? '' : contentOf(file)));
      expect(answers.map(({ status, body }, nth) => [batch[nth], status, body])).toEqual(
        batch.map((target, nth) => [target, wanted[nth] === undefined ? 404 : 200, bodies[nth]]),
      );
      for (const file of wanted) if (file !== undefined) found.add(file);
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
  expect([...found].sort()).toEqual([...SERVED, '/later'].sort());
});

test('bytes that are no HTTP at all give no byte of any file', async () => {
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 300 }).map(array => Buffer.from(array)),
    fc
      .uint8Array({ maxLength: 60 })
      .map(array =>
        Buffer.concat([
          Buffer.from(`GET /${TOKEN}/`),
          array,
          Buffer.from(` HTTP/1.1\r\nHost: ${serve.host}\r\n`),
          array,
          Buffer.from('\r\n\r\n'),
        ]),
      ),
  );
  await fc.assert(
    fc.asyncProperty(bytes, async garbage => {
      const answer = await new Promise<string>(resolve => {
        let text = '';
        const socket = connect(serve.server.port, '127.0.0.1', () => socket.end(garbage));
        socket.on('data', chunk => (text += chunk.toString('latin1')));
        socket.on('error', () => {});
        socket.on('close', () => resolve(text));
      });
      expect(answer).not.toMatch(/served:|canary|before/);
    }),
    { numRuns: 300 },
  );
  expect((await get(`/${TOKEN}/ks.cfg`)).status).toBe(200);
});

describe('requests that are not as they should be', () => {
  const ks = `/${TOKEN}/ks.cfg`;
  test.each<[string, (host: string) => string, number]>([
    [
      'an absolute target',
      host => `GET http://${host}${ks} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
      404,
    ],
    [
      'a target of another server',
      host => `GET http://evil.example${ks} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
      404,
    ],
    ['OPTIONS *', host => `OPTIONS * HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`, 405],
    [
      'both lengths',
      host => `GET ${ks} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    [
      'two lengths',
      host => `GET ${ks} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 0\r\nContent-Length: 4\r\n\r\n`,
      400,
    ],
    [
      'a chunked body',
      host => `GET ${ks} HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['a folded header', host => `GET ${ks} HTTP/1.1\r\nHost: ${host}\r\nX: a\r\n b\r\nConnection: close\r\n\r\n`, 400],
    ['a blank before the colon', host => `GET ${ks} HTTP/1.1\r\nHost : ${host}\r\nConnection: close\r\n\r\n`, 400],
    ['a bare line feed', host => `GET ${ks} HTTP/1.1\nHost: ${host}\nConnection: close\n\n`, 400],
    [
      'a header line of a megabyte',
      host => `GET ${ks} HTTP/1.1\r\nHost: ${host}\r\nX: ${'x'.repeat(1024 * 1024)}\r\n\r\n`,
      431,
    ],
    ['a target of 100 kB', host => `GET /${'x'.repeat(100_000)} HTTP/1.1\r\nHost: ${host}\r\n\r\n`, 431],
    ['ten thousand headers', host => `GET ${ks} HTTP/1.1\r\nHost: ${host}\r\n${'X: y\r\n'.repeat(10_000)}\r\n`, 431],
    [
      'a control character in the target',
      host => `GET ${ks}\x01 HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
      400,
    ],
    ['a space in the target', host => `GET ${ks} x HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`, 400],
    ['HTTP/0.9', () => `GET ${ks}\r\n\r\n`, 505],
    ['HTTP/2.0', host => `GET ${ks} HTTP/2.0\r\nHost: ${host}\r\nConnection: close\r\n\r\n`, 505],
    ['an unknown method', host => `STEAL ${ks} HTTP/1.1\r\nHost: ${host}\r\n\r\n`, 400],
    ['TLS', () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
  ])('%s', async (_what, request, status) => {
    const text = await exchange(serve.server.port, Buffer.from(request(serve.host), 'latin1'));
    expect(Number(text.split(' ')[1])).toBe(status);
    expect(text).not.toContain('served:');
  });

  test.each([
    ['CONNECT', (host: string) => `CONNECT evil.example:443 HTTP/1.1\r\nHost: ${host}\r\n\r\n`],
    [
      'an upgrade',
      (host: string) => `GET /x HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\n\r\n`,
    ],
  ])('%s leads nowhere', async (_what, request) => {
    const text = await exchange(serve.server.port, request(serve.host));
    expect(text).not.toMatch(/^HTTP\/1.1 [12]/);
  });

  test('a smuggled request is not answered', async () => {
    const inner = requestText({ target: ks, host: serve.host });
    const outer = `POST /x HTTP/1.1\r\nHost: ${serve.host}\r\nContent-Length: ${inner.length}\r\nConnection: close\r\n\r\n${inner}`;
    expect(await exchange(serve.server.port, outer)).not.toContain('served:');
  });
});

describe('slow peers', () => {
  const sockets: Socket[] = [];

  /** A peer that begins a request and never ends it. */
  const halfOpen = (): Promise<Socket> =>
    new Promise(resolve => {
      const socket = connect(serve.server.port, '127.0.0.1', () => {
        socket.write(`GET /${TOKEN}/ks.cfg HTTP/1.1\r\nHost: ${serve.host}\r\nX: `);
        resolve(socket);
      });
      socket.on('error', () => {});
      socket.resume(); // reads the end
      sockets.push(socket);
    });

  test('500 half-open connections do not keep a fetch from taking less than a second', async () => {
    for (let nth = 0; nth < 500; nth++) await halfOpen();
    const startedAt = performance.now();
    expect((await get(`/${TOKEN}/ks.cfg`)).status).toBe(200);
    expect(performance.now() - startedAt).toBeLessThan(1000);
    await vi.waitFor(() =>
      expect(sockets.filter(socket => !socket.closed).length).toBeLessThanOrEqual(MAX_CONNECTIONS),
    );
  });

  test('and are all turned out after the time a header may take', async () => {
    await vi.waitFor(() => expect(sockets.every(socket => socket.closed)).toBe(true), {
      timeout: 10_000,
      interval: 100,
    });
  });

  test('a fetch under way is not given up for idle ones', async () => {
    const big = await serving(new Map([['/big', Buffer.alloc(32 * 1024 * 1024, 'x')]]));
    const fetch = connect(big.server.port, '127.0.0.1', () =>
      fetch.write(requestText({ target: `/${TOKEN}/big`, host: big.host, headers: ['Connection: close'] })),
    );
    await new Promise(resolve => fetch.once('data', resolve));
    fetch.pause();
    const idle = Array.from({ length: 2 * MAX_CONNECTIONS }, () =>
      connect(big.server.port, '127.0.0.1').on('error', () => {}),
    );
    await vi.waitFor(() => expect(idle.filter(socket => socket.closed).length).toBeGreaterThan(MAX_CONNECTIONS));
    fetch.resume();
    await expect(big.server.whenFetched('/big')).resolves.toBe('/big');
    await big.server.close();
    await vi.waitFor(() => expect(idle.every(socket => socket.closed)).toBe(true));
  });
});
