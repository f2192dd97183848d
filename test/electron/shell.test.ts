import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Item, Mutant, Started } from './item-checks.ts';
import { FakeModules } from './stand-in.ts';
import { ITEMS } from './twenty-items.ts';

const COMPILED = path.resolve('out/electron');
const made: string[] = [];

afterAll(() => {
  for (const dir of made) rmSync(dir, { recursive: true });
});

/** Starts the compiled shell of a folder on a stand-in. */
async function startIn(dir: string, text: Started['text'] = file => readFileSync(file, 'utf8')): Promise<Started> {
  const { startShell } = (await import(`${dir}/shell.js`)) as typeof import('../../electron/shell.ts');
  const modules = new FakeModules();
  await startShell(modules.asElectron, {
    preload: `${dir}/preload.cjs`,
    engine: `${dir}/engine-process.js`,
    assets: path.resolve('out/app'),
    folder: '/lab',
  });
  return { modules, dir, text };
}

/** The compiled shell with one change, beside the original so that its imports hold. */
async function startMutant({ file, from, to }: Mutant): Promise<Started> {
  const change = (text: string): string => {
    expect(text.split(from)).toHaveLength(2);
    return text.replace(from, () => to);
  };
  if (!/\.c?js$/.test(file)) {
    return startIn(COMPILED, name => (name === file ? change(readFileSync(name, 'utf8')) : readFileSync(name, 'utf8')));
  }
  const dir = mkdtempSync(path.resolve('out/electron-mutant-'));
  made.push(dir);
  cpSync(COMPILED, dir, { recursive: true });
  writeFileSync(path.join(dir, file), change(readFileSync(path.join(dir, file), 'utf8')));
  return startIn(dir);
}

/** A mutant that does not even run is found, too. */
function found(check: Item['check'], started: Started): string[] {
  try {
    return check(started);
  } catch (error) {
    return [String(error)];
  }
}

describe("Electron's twenty items", () => {
  it('are all there', () => {
    expect(ITEMS.map(({ title }) => Number.parseInt(title, 10))).toEqual(Array.from({ length: 20 }, (_i, n) => n + 1));
  });

  it.each(ITEMS)('$title', { timeout: 120_000 }, async ({ check, mutants }) => {
    expect(check(await startIn(COMPILED))).toEqual([]);
    for (const mutant of mutants) {
      expect(found(check, await startMutant(mutant)), JSON.stringify(mutant)).not.toEqual([]);
    }
  });
});

describe('the shell', () => {
  it('is there once: a second start shows the first window and ends', async () => {
    const { modules } = await startIn(COMPILED);
    modules.app.emit('second-instance');
    expect(modules.windows).toHaveLength(1);
    expect(modules.windows[0]?.focused).toBe(1);
    const second = new FakeModules();
    second.app.isFirst = false;
    const { startShell } = (await import(`${COMPILED}/shell.js`)) as typeof import('../../electron/shell.ts');
    await startShell(second.asElectron, { preload: '', engine: '', assets: '', folder: '' });
    expect(second.app.calls).toContain('quit');
    expect(second.windows).toHaveLength(0);
  });

  it('starts the engine again when it died, and tells the pages to ask for it', async () => {
    const { modules } = await startIn(COMPILED);
    const contents = modules.windows[0]?.webContents;
    modules.children[0]?.emit('exit', 1);
    expect(contents?.sent.map(({ channel }) => channel)).toEqual(['goldsmith:lost']);
    modules.send('connect', []);
    expect(contents?.sent.map(({ channel }) => channel)).toEqual(['goldsmith:lost', 'goldsmith:lost']);
    await expect.poll(() => modules.children.length, { timeout: 3000 }).toBe(2);
    modules.send('connect', []);
    expect(modules.children[1]?.ports).toHaveLength(1);
    expect(contents?.sent.at(-1)?.channel).toBe('goldsmith:port');
  });

  it('ends the engine with itself, and does not start it again', async () => {
    const { modules } = await startIn(COMPILED);
    modules.app.emit('will-quit');
    expect(modules.children[0]?.isKilled).toBe(true);
    modules.children[0]?.emit('exit', 0);
    await new Promise(resolve => setTimeout(resolve, 50));
    expect(modules.children).toHaveLength(1);
  });

  it('shows progress in the task bar and tells of what ended', async () => {
    const { modules } = await startIn(COMPILED);
    modules.send('progress', [0.5]);
    modules.send('notify', [{ title: 'Released', body: '' }]);
    expect(modules.windows[0]?.progress).toBe(0.5);
    expect(modules.notified).toEqual([{ title: 'Released', body: '' }]);
  });
});
