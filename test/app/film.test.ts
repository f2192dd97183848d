import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { filmPage } from '../../core/engine/film-page.ts';
import { openPage, startChromium } from './chromium.ts';

/** One black and one white pixel. */
const BLACK = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNgAAAAAgAB4iG8MwAAAABJRU5ErkJggg==';
const WHITE = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mP4DwABAQEAHnqSygAAAABJRU5ErkJggg==';
const START = Date.parse('2026-11-20T10:00:00.000Z');

it('shows screen and log of each moment, and runs nothing that a guest wrote', async () => {
  const hostile = '</script><img src=x onerror="document.title=1"><script>document.title=1</script>';
  const html = filmPage({
    title: 'web@v1 <failed>',
    failure: 'It ended with 1.',
    pictures: [
      { atMs: START, png: BLACK },
      { atMs: START + 60_000, png: WHITE },
    ],
    lines: [
      { atMs: START + 1000, kind: 'installer', text: hostile },
      { atMs: START + 61_000, kind: 'error', text: 'late_command failed' },
    ],
  });
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'goldsmith-film-')), 'film.html');
  writeFileSync(file, html);
  const browser = await startChromium();
  try {
    const { page, faults } = await openPage(browser, pathToFileURL(file).href);
    expect(await page.title()).toBe('web@v1 <failed>');
    expect(await page.locator('#log li').allInnerTexts()).toEqual([
      expect.stringContaining(hostile),
      expect.stringContaining('late_command failed'),
    ]);
    // It begins at the end, where the failure is.
    expect(await page.locator('#picture').getAttribute('src')).toContain(WHITE);
    expect(
      await page
        .locator('#log li')
        .last()
        .evaluate(item => item.classList.contains('now')),
    ).toBe(true);
    await page.locator('#log li').first().click();
    expect(await page.locator('#picture').getAttribute('src')).toContain(BLACK);
    expect(await page.locator('#clock').innerText()).toBe('10:00:01 (+1 s)');
    await page.getByRole('button', { name: 'Play' }).click();
    await page.waitForFunction(png => document.querySelector('#picture')?.getAttribute('src')?.includes(png), WHITE);
    expect(faults).toEqual([]);
  } finally {
    await browser.close();
  }
});
