import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeEngine } from '../../../core/engine/engine.ts';
import { convertInSandbox, wallsHere } from '../../../core/media/foreign/sandbox.ts';
import { GoldsmithError } from '../../../core/model/failure.ts';
import * as f from './forge.ts';
import { hostileArchives } from './hostile-archives.ts';
import { hostileImages } from './hostile-images.ts';
import { hostilePlaces } from './hostile-places.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-import-'));
const at = (...parts: string[]): string => path.join(dir, ...parts);
/** A secret of this host. Its name may be in a report; what it says must never be anywhere. */
const CANARY = 'the-canary-of-this-host-sings-only-here';
const canary = at('canary');
const home = at('home');
const signal = new AbortController().signal;
const engine = makeEngine({ cwd: dir, env: { ...process.env, GOLDSMITH_HOME: home } });
const watch = { signal, onEvent: () => undefined };
const originals = f.makeOriginals(dir);

beforeAll(() => writeFileSync(canary, CANARY.repeat(40_000)));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Programs that only note that they were called, in front of the real ones. */
function watchedPath(): string {
  mkdirSync(at('bin'));
  for (const name of ['qemu-img', 'bwrap', 'prlimit', 'setpriv', 'tar']) {
    writeFileSync(at('bin', name), `#!/bin/sh\necho "${name} $*" >> ${at('called')}\nexit 1\n`);
    chmodSync(at('bin', name), 0o755);
  }
  return `${at('bin')}:${process.env['PATH']}`;
}

/** Whatever below the folder holds the canary's song. */
const singing = (folder: string): string => {
  try {
    return execFileSync('grep', ['-rla', CANARY, folder]).toString();
  } catch {
    return '';
  }
};

describe('a hostile image', () => {
  const before = process.env['PATH'];
  beforeAll(() => {
    process.env['PATH'] = watchedPath();
  });
  afterAll(() => {
    process.env['PATH'] = before;
  });

  async function refused(name: string, bytes: Buffer, why: RegExp): Promise<void> {
    const file = at(name);
    writeFileSync(file, bytes);
    const error = await engine.importImage(file, { image: 'hostile', version: 'v1' }, watch).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(GoldsmithError);
    expect(error).toMatchObject({ code: 'source-unsafe', message: expect.stringMatching(why) });
    expect(JSON.stringify(error)).not.toContain(CANARY);
  }

  const images = [...hostileImages(originals, canary), ...hostilePlaces(originals, canary)];
  it.each(images.map(([what, bytes, why]) => ({ what, bytes, why })))('is refused: $what', ({ bytes, why }) =>
    refused('image', bytes, why),
  );

  it('is refused as an archive too, in many ways', async () => {
    const archives = await hostileArchives(originals, canary);
    for (const [what, bytes, why] of archives) {
      await refused('archive.ova', bytes, why).catch(error => Promise.reject(new Error(`${what}: ${error.message}`)));
    }
    expect(images.length + archives.length).toBeGreaterThan(150);
  });

  it('is refused when it is no file at all', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    for (const place of [dir, at('pipe'), '/dev/zero']) {
      await expect(engine.importImage(place, { image: 'hostile' }, watch)).rejects.toMatchObject({
        code: 'source-unsafe',
      });
    }
  });

  it('was never given to a program, left nothing, and no canary sang', async () => {
    expect(existsSync(at('called')) ? readFileSync(at('called'), 'utf8') : '').toBe('');
    expect(await engine.images()).toEqual([]);
    expect(singing(home)).toBe('');
    expect(execFileSync('find', [home, '-type', 'f', '-size', '+4k']).toString()).toBe('');
  });
});

describe('an honest image', () => {
  it.each(['raw', 'qcow2', 'vhd', 'dynamic', 'vhdx', 'vmdk', 'stream'] as const)('is taken: %s', async kind => {
    writeFileSync(at('honest'), originals[kind]);
    const release = await engine.importImage(at('honest'), { image: kind, version: 'v1' }, watch);
    expect(release.channels).toEqual(['imported']);
    execFileSync('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', release.path, at('back.raw')]);
    expect(readFileSync(at('back.raw')).equals(originals.raw)).toBe(true);
    expect((await engine.verify(`${kind}@v1`, watch)).problems).toEqual([]);
  });

  it('is refused when it is not the one that was meant', async () => {
    writeFileSync(at('honest'), originals.raw);
    const options = { image: 'other', sha256: '0'.repeat(64) };
    await expect(engine.importImage(at('honest'), options, watch)).rejects.toMatchObject({ code: 'checksum-mismatch' });
  });

  it('is refused when what its tables lead to is damaged, with the reason and its name', async () => {
    const damaged = f.forged(originals.stream, copy => {
      const grain = copy.readUInt32LE(f.vmdkGrain(copy, 0)) * 512;
      copy.writeUInt32LE(0x7fffffff, grain + 8);
    });
    writeFileSync(at('damaged'), damaged);
    await expect(engine.importImage(at('damaged'), { image: 'damaged' }, watch)).rejects.toMatchObject({
      code: 'source-unsafe',
      message: expect.stringMatching(/damaged cannot be read to its end: error while reading/),
    });
    expect((await engine.images()).map(({ name }) => name)).not.toContain('damaged');
  });

  it('is not taken twice under one name, and latest stays where it was', async () => {
    writeFileSync(at('honest'), originals.raw);
    await expect(engine.importImage(at('honest'), { image: 'raw', version: 'v1' }, watch)).rejects.toMatchObject({
      code: 'exists',
    });
    await expect(engine.resolve('raw')).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('the sandbox, if an overlay came into it all the same', () => {
  it('shows qemu-img no file of this host', async () => {
    writeFileSync(at('overlay'), f.forged(originals.qcow2, f.qcow2Backing(canary)));
    mkdirSync(at('out'));
    const conversion = {
      from: { path: at('overlay'), format: 'qcow2' },
      to: at('out', 'made'),
      maxBytes: 1e9,
      signal,
    } as const;
    if ((await wallsHere(signal)) === 'limits') return; // no namespaces on this machine: the limits are tested below
    await expect(convertInSandbox(conversion)).rejects.toMatchObject({ code: 'source-unsafe' });
    expect(singing(at('out'))).toBe('');
  });

  it('lets it write no more than it may', async () => {
    writeFileSync(at('large'), originals.raw);
    mkdirSync(at('small'));
    const conversion = {
      from: { path: at('large'), format: 'raw' },
      to: at('small', 'made'),
      maxBytes: 100_000,
      signal,
    } as const;
    await expect(convertInSandbox(conversion)).rejects.toMatchObject({ code: 'program-failed' });
  });
});
