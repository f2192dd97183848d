import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { verifyHandOff } from '../../core/export/verify.ts';
import { runsTogether } from '../extent.ts';
import { ALL, makeSmallRelease, signal } from './small-release.ts';

const { at, make } = await makeSmallRelease(40 * 1024 ** 2 + 4096);

beforeAll(() => make(ALL, at('out')), 120_000);

describe('a damaged hand-off', () => {
  const copy = (): string => {
    const folder = mkdtempSync(at('damaged-'));
    cpSync(at('out'), folder, { recursive: true });
    return folder;
  };
  /** Everything but the two files that say what the others are: those are read first. */
  const artifacts = async (): Promise<string[]> =>
    (await readdir(at('out'))).filter(name => !['SHA256SUM', 'manifest.json'].includes(name));
  const named = async (folder: string): Promise<string[]> => {
    const { problems } = await verifyHandOff(folder, signal);
    return [...new Set(problems.map(({ place }) => path.basename(place?.file ?? '')))].sort();
  };

  it.each([1, 2, 3])('is named, each file of it, when a bit of it is flipped: round %i', async round => {
    const folder = copy();
    for (const [nth, name] of (await artifacts()).entries()) {
      const handle = await open(path.join(folder, name), 'r+');
      const { size } = await handle.stat();
      // A different place in each round and file, the same in each run.
      const place = Math.floor((((nth + 1) * 7919 * round) % 10_007) * (size / 10_007));
      const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, place);
      await handle.write(Buffer.from([(buffer[0] ?? 0) ^ (1 << (round + (nth % 5)))]), 0, 1, place);
      await handle.close();
    }
    expect(await named(folder)).toEqual((await artifacts()).sort());
    rmSync(folder, { recursive: true });
  });

  it('is named, each file of it, when it is cut off', async () => {
    const folder = copy();
    for (const name of await artifacts()) {
      const file = path.join(folder, name);
      truncateSync(file, Math.floor(statSync(file).size * 0.9));
    }
    expect(await named(folder)).toEqual((await artifacts()).sort());
    rmSync(folder, { recursive: true });
  });

  it('is named when it is SHA256SUM itself, wherever a bit of it is flipped', async () => {
    const folder = copy();
    const file = path.join(folder, 'SHA256SUM');
    const whole = readFileSync(file);
    const line = whole.indexOf('\n') + 1;
    // A digit of a sum, a space, a name, an end of a line; far behind, where no line of the manifest's own begins.
    const places = [5, Math.floor(whole.length / 2), ...(runsTogether ? [64, 65, 70, line - 1, line + 3] : [])];
    for (const at of places) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 4;
      writeFileSync(file, damaged);
      expect([at, await named(folder)]).toEqual([at, ['SHA256SUM']]);
    }
    writeFileSync(file, whole.subarray(line));
    expect(await named(folder)).toEqual(['SHA256SUM']);
    rmSync(folder, { recursive: true });
  });

  it('is refused when what says what it is was changed', async () => {
    const folder = copy();
    const text = readFileSync(path.join(folder, 'manifest.json'), 'utf8');
    writeFileSync(path.join(folder, 'manifest.json'), text.replace('"web"', '"wab"'));
    expect(await named(folder)).toEqual(['manifest.json']);
    rmSync(folder, { recursive: true });
  });

  it('is named when a file is cut off, missing, or too many', async () => {
    const folder = copy();
    truncateSync(path.join(folder, 'web-v1.vmdk'), 100_000);
    rmSync(path.join(folder, 'web-v1.vhd'));
    writeFileSync(path.join(folder, 'more'), '');
    const { problems } = await verifyHandOff(folder, signal);
    expect(problems.map(problem => problem.message)).toEqual([
      expect.stringContaining('more: it is not in SHA256SUM'),
      expect.stringContaining('web-v1.vhd: it is missing'),
      expect.stringContaining('web-v1.vmdk: it is not as SHA256SUM says'),
    ]);
  });
});
