import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Scope } from '../../core/build/scope.ts';
import { mirrorsOf, proxyArguments, startInstallerCache, tellPackages } from '../../core/build/steps/packages.ts';
import type { Target } from '../../core/build/target.ts';
import { USER_NETWORK } from '../../core/drivers/driver.ts';
import type { BuildEvent } from '../../core/model/event.ts';
import { Redactor } from '../../core/model/redact.ts';
import { goldsmithHome } from '../../core/store/paths.ts';

describe('the mirrors of a kernel line', () => {
  it.each([
    ['auto=true mirror/http/hostname=m.example:8080 ---', ['http://m.example:8080']],
    ['mirror/http/hostname=m apt-setup/security_host=s', ['http://m', 'http://s']],
    ['auto=true ---', []],
    ['mirror/http/hostname=m mirror/http/proxy=http://p:3128', []],
    ['mirror/protocol=https mirror/http/hostname=m', []],
    ['mirror/http/hostname=m:99999', []],
  ])('%s', (line, mirrors) => expect(mirrorsOf(line)).toEqual(mirrors));
});

let dir: string;
let asked: number;
let events: BuildEvent[];
const stop = new AbortController();
const mirror = createServer((_request, response) => {
  asked++;
  response.end('package');
});
const scope: Scope = {
  signal: stop.signal,
  secrets: new Redactor(),
  emit: event => void events.push(event),
  hold: (_resource, acquire) => acquire(),
  release: () => Promise.resolve(),
};

beforeEach(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-packages-'));
  asked = 0;
  events = [];
  await new Promise<void>(resolve => mirror.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  rmSync(dir, { recursive: true });
  await new Promise(resolve => mirror.close(resolve));
});

const host = () => `127.0.0.1:${(mirror.address() as AddressInfo).port}`;
const cacheFor = (image: { packageCache: boolean; installer: string }) => {
  const context = { target: { image } as unknown as Target, home: goldsmithHome({ GOLDSMITH_HOME: dir }) };
  return startInstallerCache(scope, context, `auto=true mirror/http/hostname=${host()} ---`, {
    bind: USER_NETWORK.bind,
  });
};
const through = (port: number, target: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path: target, agent: false }, async response => {
      resolve((await response.toArray()).join(''));
    });
    outgoing.once('error', reject).end();
  });

describe("the cache of Debian's installer", () => {
  it('lets a second build of the lab download nothing, and says so', async () => {
    const file = `http://${host()}/debian/pool/main/a/a_1_amd64.deb`;
    for (let build = 0; build < 2; build++) {
      const cache = await cacheFor({ packageCache: true, installer: 'debian' });
      expect(proxyArguments('10.0.2.2', cache?.port ?? 0)).toBe(
        `mirror/http/proxy=http://10.0.2.2:${cache?.port} build_proxy=1 `,
      );
      expect(await through(cache?.port ?? 0, file)).toBe('package');
      tellPackages(scope, cache);
      await cache?.close();
      await cache?.close();
      await expect(through(cache?.port ?? 0, file)).rejects.toThrow('ECONNREFUSED');
    }
    expect(asked).toBe(1);
    expect(events.map(event => (event.type === 'note' ? event.message : event.type))).toEqual([
      'Packages and indexes: 0 kept from earlier builds, 1 fetched from the mirror.',
      'Packages and indexes: 1 kept from earlier builds, 0 fetched from the mirror.',
    ]);
  });

  it.each([
    { packageCache: false, installer: 'debian' },
    { packageCache: true, installer: 'tiny' },
  ])('is not there for $installer with package_cache $packageCache', async image => {
    const cache = await cacheFor(image);
    expect(cache).toBeUndefined();
  });
});
