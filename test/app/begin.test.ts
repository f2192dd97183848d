import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openPage, startChromium } from './chromium.ts';
import { JournalEngine } from './journal-engine.ts';
import { type Served, serve } from './served.ts';

/** No lab, nothing released, as on the first day; and a library with all there is. */
class FirstDay extends JournalEngine {
  override async images() {
    return [];
  }
  override async targets() {
    return [];
  }
}

let empty: Served;
let full: Served;
let browser: Browser;

beforeAll(async () => {
  empty = await serve({ engine: new FirstDay() });
  full = await serve({ engine: new JournalEngine() });
  browser = await startChromium();
});

afterAll(async () => {
  await browser.close();
  await empty.close();
  await full.close();
});

it('is three clicks from an empty library to a build of Debian', { timeout: 60_000 }, async () => {
  const { page, context, faults } = await openPage(browser, empty.url);
  await page.getByRole('button', { name: /^Debian 13/ }).click();
  await page.getByRole('button', { name: 'Make the lab' }).click();
  await page.getByRole('button', { name: /^Build/ }).waitFor();
  const folder = new URLSearchParams(page.url().split('?')[1]).get('folder') ?? '';
  expect(folder.startsWith(empty.home)).toBe(true);
  expect(readFileSync(path.join(folder, 'lab.yaml'), 'utf8')).toContain('debian-13');
  expect(faults).toEqual([]);
  await context.close();
});

const focused = (page: Page): Promise<string | undefined> => page.evaluate(() => document.activeElement?.id);

it.each([
  ['#/vms?start=web@v1', 'start-ref', undefined],
  ['#/new', 'picker-folder', 'Open a lab or template …'],
  ['#/builds/web-20261120-1/checkpoints', 'compare-first-build', 'Compare with another build'],
] as const)('a dialog begins at its first field: %s', { timeout: 60_000 }, async (hash, field, button) => {
  const { page, context } = await openPage(browser, full.url);
  await page.evaluate(to => {
    location.hash = to;
  }, hash);
  if (button) await page.getByRole('button', { name: button }).click();
  await page.getByRole('dialog').waitFor();
  await expect.poll(() => focused(page)).toBe(field);
  await context.close();
});

it('shows the views of a build in a narrow window, its steps in one line', { timeout: 60_000 }, async () => {
  const { page, context } = await openPage(browser, full.url, { width: 1024, height: 768 });
  await page.evaluate(() => {
    location.hash = '#/builds/web-20261120-1/events';
  });
  const steps = page.getByRole('button', {
    name: /^Steps \(3\): Boot and test the candidate, 3\.0 s · 1 of 1 tests passed/,
  });
  await steps.waitFor();
  const [line, tabs] = await Promise.all([steps.boundingBox(), page.getByRole('tablist').boundingBox()]);
  expect((tabs?.y ?? 999) - (line?.y ?? 0)).toBeLessThan(140);
  await steps.click();
  await page.getByText('Fetch and verify the source', { exact: true }).waitFor();
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.getByRole('region', { name: 'Steps' }).waitFor();
  await expect.poll(() => steps.count()).toBe(0);
  await context.close();
});
