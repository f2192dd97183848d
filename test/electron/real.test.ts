import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { _electron, type ElectronApplication } from 'playwright-core';
import { expect, it } from 'vitest';

/** Where the npm package keeps the program it downloads; not every machine can have it. */
function electronProgram(): string | undefined {
  const dir = path.resolve('node_modules/electron');
  const named = path.join(dir, 'path.txt');
  const program = existsSync(named) ? path.join(dir, 'dist', readFileSync(named, 'utf8')) : undefined;
  return program && existsSync(program) ? program : undefined;
}

const executablePath = electronProgram();
if (!executablePath) process.stdout.write('SKIPPED: the real Electron window. Its program is not on this machine.\n');

it.skipIf(!executablePath)('opens its window without Node in the page, with a link to the engine', async () => {
  const home = mkdtempSync(path.join(tmpdir(), 'goldsmith-electron-'));
  const app: ElectronApplication = await _electron.launch({
    executablePath: executablePath ?? '',
    args: ['.', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
    env: { ...process.env, GOLDSMITH_HOME: home, GOLDSMITH_LAB: process.cwd() } as Record<string, string>,
  });
  try {
    const page = await app.firstWindow();
    await page.getByRole('heading', { level: 1 }).waitFor();
    expect(new URL(page.url()).origin).toBe('app://goldsmith');
    expect(await page.evaluate(() => [typeof require, typeof process])).toEqual(['undefined', 'undefined']);
    await page.getByText(/^Lab /).waitFor();
    expect(await page.evaluate(() => Object.keys((window as { goldsmith?: object }).goldsmith ?? {}).sort())).toEqual([
      'connect',
      'external',
      'notify',
      'progress',
    ]);
    expect(await page.evaluate(() => window.open('https://example.com/') === null)).toBe(true);
    expect(await page.evaluate(() => Notification.requestPermission())).toBe('denied');
    expect(app.windows()).toHaveLength(1);
  } finally {
    await app.close();
  }
});
