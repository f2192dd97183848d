import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Scope } from '../../core/build/scope.ts';
import { type PackageCache, startPackageCache } from '../../core/media/package-cache.ts';
import { PackageStore } from '../../core/media/package-store.ts';
import { Redactor } from '../../core/model/redact.ts';

let dir: string;
let upstream: Server;
let asked: string[];
/** Path to content and, for revalidation, its time. */
let content: Map<string, { body: string; time?: string; cut?: boolean }>;
let cache: PackageCache;
let troubles: string[];
let stop: AbortController;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'goldsmith-cache-'));
  asked = [];
  troubles = [];
  content = new Map();
  upstream = createServer((incoming, response) => {
    asked.push(incoming.url ?? '');
    const found = content.get(incoming.url ?? '');
    if (!found) return response.writeHead(404).end('no');
    if (found.body.startsWith('->')) return response.writeHead(302, { Location: found.body.slice(2) }).end();
    if (found.time && incoming.headers['if-modified-since'] === found.time) return response.writeHead(304).end();
    const length = found.body.length + (found.cut ? 10 : 0);
    response.writeHead(200, { 'Content-Length': length, ...(found.time ? { 'Last-Modified': found.time } : {}) });
    if (!found.cut) return response.end(found.body);
    response.write(found.body);
    return setTimeout(() => response.destroy(), 20);
  });
  await new Promise<void>(resolve => upstream.listen(0, '127.0.0.1', resolve));
  stop = new AbortController();
  const onTrouble = (text: string): void => void troubles.push(text);
  cache = await startPackageCache(scope(), { dir, mirrors: [`${mirror()}/debian`], onTrouble });
});
afterEach(async () => {
  await cache.close();
  upstream.closeAllConnections();
  await new Promise(resolve => upstream.close(resolve));
  await rm(dir, { recursive: true });
});

const scope = (): Scope => ({
  signal: stop.signal,
  secrets: new Redactor(),
  emit: () => {},
  hold: (_resource, acquire) => acquire(),
  release: () => Promise.resolve(),
});
const mirror = () => `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;

interface Reply {
  status: number;
  body: string;
}

/** One request as a client sends it to its proxy: the whole URL in the request line. */
const through = (target: string, method = 'GET', headers: Record<string, string> = {}): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port: cache.port, method, path: target, headers }, response => {
      let body = '';
      response.on('data', chunk => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end();
  });

const DEB = '/debian/pool/main/a/a/a_1_amd64.deb';
const OTHER = '/debian/pool/main/b/b/b_1_amd64.deb';

describe('a package', () => {
  it('comes from the mirror once, however often it is asked for, also after a restart', async () => {
    content.set(DEB, { body: 'deb' });
    content.set(OTHER, { body: 'other' });
    for (let round = 0; round < 3; round++) {
      expect(await through(mirror() + DEB)).toEqual({ status: 200, body: 'deb' });
      await through(mirror() + OTHER);
    }
    await cache.close();
    cache = await startPackageCache(scope(), { dir, mirrors: [mirror()] });
    expect((await through(mirror() + DEB)).body).toBe('deb');
    expect(asked).toEqual([DEB, OTHER]);
    expect(cache.counts).toEqual({ hits: 1, misses: 0, refused: 0 });
  });

  it('that stopped half way is not kept', async () => {
    content.set(DEB, { body: 'half', cut: true });
    await expect(through(mirror() + DEB)).rejects.toThrow();
    const left = async () => (await readdir(dir, { recursive: true })).filter(name => /body|partial/.test(name));
    await expect.poll(left).toEqual([]);
    content.set(DEB, { body: 'whole' });
    expect((await through(mirror() + DEB)).body).toBe('whole');
  });

  it('that was damaged on disk is fetched again', async () => {
    content.set(DEB, { body: 'deb' });
    await through(mirror() + DEB);
    const body = (await readdir(dir, { recursive: true })).find(name => name.endsWith('.body')) ?? '';
    await writeFile(path.join(dir, body), 'bad');
    expect((await through(mirror() + DEB)).body).toBe('deb');
    expect(asked).toHaveLength(2);
    expect(await readFile(path.join(dir, body), 'utf8')).toBe('deb');
  });

  it('that an installer does not take is fetched anew when it asks again, and that is told', async () => {
    content.set(DEB, { body: 'bad' });
    await through(mirror() + DEB);
    content.set(DEB, { body: 'deb' });
    expect((await through(mirror() + DEB)).body).toBe('deb');
    content.delete(OTHER);
    expect((await through(mirror() + OTHER)).status).toBe(404);
    expect((await through(mirror() + DEB)).body).toBe('deb');
    expect(asked).toEqual([DEB, DEB, OTHER]);
    expect(troubles).toEqual([`${mirror()}${DEB} asked for again`, `${mirror()}${OTHER} 404`]);
  });

  it('answers HEAD and a question for its age from here', async () => {
    content.set(DEB, { body: 'deb', time: 'Sat, 09 Aug 2025 00:00:00 GMT' });
    await through(mirror() + DEB);
    expect(await through(mirror() + DEB, 'HEAD')).toEqual({ status: 200, body: '' });
    const since = { 'If-Modified-Since': 'Sat, 09 Aug 2025 00:00:00 GMT' };
    expect((await through(mirror() + DEB, 'GET', since)).status).toBe(304);
    expect(asked).toHaveLength(1);
  });

  it('is found behind a redirect of the mirror', async () => {
    content.set(DEB, { body: '->/elsewhere/a.deb' });
    content.set('/elsewhere/a.deb', { body: 'deb' });
    expect((await through(mirror() + DEB)).body).toBe('deb');
  });
});

describe('an index', () => {
  const RELEASE = '/debian/dists/trixie/InRelease';

  it('is asked for each time, and given from here only when the mirror says it still holds', async () => {
    content.set(RELEASE, { body: 'one', time: 'Sat, 09 Aug 2025 00:00:00 GMT' });
    expect((await through(mirror() + RELEASE)).body).toBe('one');
    expect((await through(mirror() + RELEASE)).body).toBe('one');
    expect(cache.counts).toMatchObject({ hits: 1, misses: 1 });
    content.set(RELEASE, { body: 'two', time: 'Sun, 10 Aug 2025 00:00:00 GMT' });
    expect((await through(mirror() + RELEASE)).body).toBe('two');
    expect(asked).toHaveLength(3);
  });

  it('is not given from here when the mirror cannot be asked', async () => {
    content.set(RELEASE, { body: 'one', time: 'Sat, 09 Aug 2025 00:00:00 GMT' });
    await through(mirror() + RELEASE);
    const gone = mirror() + RELEASE;
    upstream.closeAllConnections();
    await new Promise(resolve => upstream.close(resolve));
    expect((await through(gone)).status).toBe(504);
    expect(troubles.at(-1)).toBe(`${gone} ECONNREFUSED`);
    await new Promise<void>(resolve => upstream.listen(0, '127.0.0.1', resolve));
  });

  it('that is missing stays missing', async () => {
    expect(await through(`${mirror()}/debian/dists/x/Release`)).toEqual({ status: 404, body: 'no' });
  });
});

describe('a host that there is only here', () => {
  it('is answered with what is made for it; one that cannot be made is a 502, and nobody else is asked', async () => {
    const makes = new Map([
      [
        'made.invalid',
        async ({ searchParams }: URL) => {
          if (searchParams.has('bad')) throw new Error('no');
          return Readable.from([`made of ${searchParams.get('x')}`]);
        },
      ],
    ]);
    await cache.close();
    cache = await startPackageCache(scope(), { dir, mirrors: [`${mirror()}/debian`], makes });
    expect(await through('http://made.invalid/a?x=1')).toEqual({ status: 200, body: 'made of 1' });
    expect((await through('http://made.invalid/a?bad')).status).toBe(502);
    expect(asked).toEqual([]);
  });
});

describe('no open proxy', () => {
  it.each([
    'http://127.0.0.1:1/debian/pool/a.deb',
    'http://example.invalid/debian/pool/a.deb',
    'https://127.0.0.1/debian/a.deb',
    'file:///etc/passwd',
    '/etc/passwd',
    '*',
  ])('refuses %s', async target => {
    expect((await through(target)).status).toBe(403);
    expect(asked).toEqual([]);
  });

  it('refuses credentials in the URL, other methods and CONNECT', async () => {
    expect((await through(mirror().replace('//', '//user:pass@') + DEB)).status).toBe(403);
    expect((await through(mirror() + DEB, 'POST')).status).toBe(405);
    const answer = await new Promise<string>(resolve => {
      const socket = connect(cache.port, '127.0.0.1', () => socket.write('CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n'));
      socket.once('data', data => resolve(data.toString()));
    });
    expect(answer).toContain('405');
    expect(asked).toEqual([]);
  });

  it('listens on loopback and ends with the build', async () => {
    stop.abort();
    await expect(through(mirror() + DEB)).rejects.toThrow();
  });
});

describe('what a guest asks of us by the address it knows', () => {
  it('is given on to our own server, never kept, and no other port of it is', async () => {
    const own = createServer((incoming, response) => {
      asked.push(`${incoming.headers.host} ${incoming.url}`);
      response.writeHead(incoming.url?.includes('missing') ? 404 : 200).end('answers');
    });
    await new Promise<void>(resolve => own.listen(0, '127.0.0.1', resolve));
    const base = `http://127.0.0.1:${(own.address() as AddressInfo).port}`;
    await cache.close();
    cache = await startPackageCache(scope(), { dir, mirrors: [mirror()], passes: new Map([['10.0.2.2:8000', base]]) });
    for (let round = 0; round < 2; round++) {
      const reply = await through('http://10.0.2.2:8000/token/pool/a.deb?x=1');
      expect(reply).toEqual({ status: 200, body: 'answers' });
    }
    expect((await through('http://10.0.2.2:8000/missing')).status).toBe(404);
    expect((await through('http://10.0.2.2:8001/a')).status).toBe(403);
    const host = '10.0.2.2:8000';
    expect(asked).toEqual([`${host} /token/pool/a.deb?x=1`, `${host} /token/pool/a.deb?x=1`, `${host} /missing`]);
    expect(cache.counts).toEqual({ hits: 0, misses: 0, refused: 1 });
    own.closeAllConnections();
    await new Promise(resolve => own.close(resolve));
  });
});

describe('the folder', () => {
  it('is kept small by giving up what was not used for the longest time', async () => {
    const store = new PackageStore(dir);
    for (const name of ['old', 'new']) {
      const incoming = await store.receive(`http://m/${name}`);
      await incoming.write(Buffer.alloc(1000));
      await incoming.commit({});
      await new Promise(resolve => setTimeout(resolve, 20));
    }
    await store.prune(1500);
    expect(await store.find('http://m/old')).toBeUndefined();
    expect(await store.find('http://m/new')).toBeDefined();
  });
});
