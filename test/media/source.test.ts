import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../core/exec.ts';
import { requireImage, requireIso } from '../../core/media/inspect.ts';
import { type FetchedSource, fetchSource, isSourceCached, missingFile } from '../../core/media/source.ts';
import type { BuildEvent } from '../../core/model/event.ts';
import { freePort } from '../guest/sshd.ts';
import { mountSmallDisk } from '../store/small-disk.ts';

const root = mkdtempSync(path.join(tmpdir(), 'goldsmith-source-'));
const ISO = Buffer.alloc(300_000, 'installer ');
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

let answer: (request: IncomingMessage, response: ServerResponse) => void;
let requests: IncomingMessage[] = [];
let server: Server;
let base: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  }).listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  rmSync(root, { recursive: true, force: true });
});

let nth = 0;
let cache: string;
beforeEach(() => {
  requests = [];
  cache = path.join(root, String(nth++));
  answer = (_, response) => response.end(ISO);
});

const events: BuildEvent[] = [];
const fetchIso = (
  urls: string[],
  checksum = sha256(ISO),
  signal = new AbortController().signal,
): Promise<FetchedSource> =>
  fetchSource({ signal, emit: event => events.push(event) }, { urls, checksum, kind: 'iso' }, cache);

/** Sends the first half and cuts the connection; goes on from where it is asked to. */
const cutOnce = (): typeof answer => {
  let isFirst = true;
  return (request, response) => {
    const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(start > 0 ? 206 : 200, { 'content-length': ISO.length - start });
    if (!isFirst) {
      response.end(ISO.subarray(start));
      return;
    }
    isFirst = false;
    response.write(ISO.subarray(0, ISO.length / 2), () => setTimeout(() => response.destroy(), 50));
  };
};

describe('an ISO', () => {
  it('is downloaded once and kept by its content', async () => {
    const first = await fetchIso([`${base}/a.iso`]);
    expect(readFileSync(first.path)).toEqual(ISO);
    expect(first.verifiedBy).toEqual(['sha256']);
    const again = await fetchIso([`${base}/another-name.iso`]);
    expect([again.path, requests.length]).toEqual([first.path, 1]);
  });

  it.each(['a digest', 'a checksum file'])('is known to be there without asking anybody: by %s', async by => {
    const sums = `${sha256(ISO)}  a.iso\n`;
    answer = (request, response) => response.end(request.url === '/SHA256SUMS' ? sums : ISO);
    const spec = { urls: [`${base}/a.iso`], checksum: by === 'a digest' ? sha256(ISO) : `file:${base}/SHA256SUMS` };
    expect(await isSourceCached(spec, cache)).toBe(false);
    const { path: kept } = await fetchIso(spec.urls, spec.checksum);
    const asked = requests.length;
    expect(await isSourceCached(spec, cache)).toBe(true);
    expect(await isSourceCached({ ...spec, checksum: 'none' }, cache)).toBe(false);
    expect(await isSourceCached({ ...spec, urls: [kept] }, cache)).toBe(true);
    expect(requests.length).toBe(asked);
    const isSameByContent = by === 'a digest';
    expect(await isSourceCached({ ...spec, urls: [`${base}/b.iso`] }, cache)).toBe(isSameByContent);
    expect(await isSourceCached({ urls: spec.urls, checksum: 'sha256:no' }, cache)).toBe(false);
    rmSync(kept);
    expect(await isSourceCached(spec, cache)).toBe(false);
  });

  it('of this host that is not there is told before a build looks for it', async () => {
    writeFileSync(path.join(root, 'here.iso'), ISO);
    const missing = (...urls: string[]) => missingFile({ urls, root });
    expect(await missing('gone.iso')).toBe(path.join(root, 'gone.iso'));
    expect(await missing(`file://${root}/gone.iso`)).toBe(path.join(root, 'gone.iso'));
    expect(await missing('gone.iso', 'here.iso')).toBeUndefined();
    expect(await missing('gone.iso', `${base}/a.iso`)).toBeUndefined();
    expect(await missing('')).toBeUndefined();
  });

  it('comes from the first mirror that has it', async () => {
    answer = (request, response) =>
      request.url?.startsWith('/good/') ? response.end(ISO) : response.writeHead(404).end();
    const dead = `http://127.0.0.1:${await freePort()}/a.iso`;
    const { url } = await fetchIso([dead, `${base}/bad/a.iso`, `${base}/good/a.iso`]);
    expect(url).toBe(`${base}/good/a.iso`);
  });

  it('goes on where a download was cut off', async () => {
    answer = cutOnce();
    await expect(fetchIso([`${base}/a.iso`])).rejects.toMatchObject({ code: 'source-unreachable' });
    await fetchIso([`${base}/a.iso`]);
    expect(requests.map(request => request.headers.range)).toEqual([undefined, expect.stringMatching(/^bytes=\d+-$/)]);
    expect(requests[1]?.headers.range).not.toBe('bytes=0-');
  });

  it('that is another one is refused, and nothing of it is kept as an ISO', async () => {
    answer = (_, response) => response.end('something else');
    await expect(fetchIso([`${base}/a.iso`])).rejects.toMatchObject({ code: 'checksum-mismatch' });
    expect(readdirSync(path.join(cache, 'sources')).filter(name => !name.endsWith('.partial'))).toEqual([]);
    answer = (_, response) => response.end(ISO);
    await expect(fetchIso([`${base}/a.iso`])).resolves.toBeDefined();
  });

  it('that no mirror has says each reason and what to do', async () => {
    answer = (_, response) => response.writeHead(503).end();
    const error = await fetchIso([`${base}/a.iso`, 'missing.iso']).catch(reason => reason);
    expect(error).toMatchObject({ code: 'source-unreachable', hint: expect.stringContaining('local file') });
    expect(error.details.lastLines.join('\n')).toMatch(/503[\s\S]*missing\.iso/);
  });

  it('is not waited for after Ctrl-C', async () => {
    answer = () => undefined;
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 100);
    await expect(fetchIso([`${base}/a.iso`], sha256(ISO), stop.signal)).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('that does not fit says that the disk is full', async context => {
    const disk = await mountSmallDisk(cache, 128 * 1024);
    if (!disk) return context.skip('mounting is not allowed here');
    try {
      await expect(fetchIso([`${base}/a.iso`])).rejects.toMatchObject({ code: 'disk-full' });
    } finally {
      await disk.unmount();
    }
  });
});

describe('what is called an ISO', () => {
  it('and is a qcow2 image is refused before QEMU sees it', async () => {
    mkdirSync(cache, { recursive: true });
    const file = path.join(cache, 'debian.iso');
    await run('qemu-img', ['create', '-q', '-f', 'qcow2', file, '1M']);
    await expect(requireIso(file)).rejects.toMatchObject({ code: 'source-unsafe' });
  });

  it('may be the image of a stick where the recipe attaches it itself, but no image that leans on others', async () => {
    mkdirSync(cache, { recursive: true });
    const [stick, disk] = ['stick.img', 'disk.img'].map(name => path.join(cache, name)) as [string, string];
    writeFileSync(stick, Buffer.alloc(1 << 20, 'miniroot'));
    await expect(requireIso(stick)).rejects.toMatchObject({ code: 'source-unsafe' });
    await requireIso(stick, { isRawTaken: true });
    await run('qemu-img', ['create', '-q', '-f', 'qcow2', disk, '1M']);
    await expect(requireIso(disk, { isRawTaken: true })).rejects.toMatchObject({ code: 'source-unsafe' });
  });

  it('as a base image may not lean on a file of the host', async () => {
    mkdirSync(cache, { recursive: true });
    const secret = path.join(cache, 'secret');
    writeFileSync(secret, Buffer.alloc(1 << 20, 'secret'));
    const file = path.join(cache, 'base.qcow2');
    await run('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', secret, '-F', 'raw', file]);
    await expect(requireImage(file)).rejects.toMatchObject({ code: 'source-unsafe' });
    expect(existsSync(file)).toBe(true);
  });
});
