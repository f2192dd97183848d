import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { stamped } from '../cli/fake-journals.ts';
import { openPage, type WatchedPage } from './chromium.ts';
import { JournalEngine } from './journal-engine.ts';
import { openApp } from './open-app.ts';

/** A black and a white pixel. */
const PICTURES = [
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNgAAAAAgAB4iG8MwAAAABJRU5ErkJggg==',
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mP4DwABAQEAHnqSygAAAABJRU5ErkJggg==',
];
const BUILD = 'web-20261120-1';
const LAB = '/another/lab';

/** Lines of a long log, one a second: the first at 10:00:02. */
const LINES = Array.from({ length: 400 }, (_line, index) => ({
  type: 'line' as const,
  source: 'installer' as const,
  line: `line ${index + 1}${index === 99 ? `, which is long: ${'x'.repeat(300)} to its end` : ''}`,
}));

const engine = new JournalEngine();
let watched: WatchedPage;

const app = openApp(engine);

beforeAll(async () => {
  engine.events = stamped(
    { type: 'started', build: BUILD, image: 'web', version: 'v1', pid: 77 },
    { type: 'serving', paths: ['/preseed.cfg', '/late.sh'] },
    ...LINES,
    { type: 'request', method: 'GET', path: '/preseed.cfg', status: 200, bytes: 1536, ms: 2 },
    { type: 'request', method: 'GET', path: '/late.sh', status: 404, bytes: 0, ms: 1 },
    { type: 'finished', outcome: 'cancelled' },
  );
  engine.folder = mkdtempSync(path.join(tmpdir(), 'goldsmith-build-'));
  mkdirSync(path.join(engine.folder, 'film'));
  for (const [index, at] of ['2026-11-20T10:01:00.000Z', '2026-11-20T10:05:00.000Z'].entries()) {
    const file = path.join(engine.folder, 'film', `${Date.parse(at)}.png`);
    writeFileSync(file, Buffer.from(PICTURES[index] ?? '', 'base64'));
  }
  const request = {
    target: 'web',
    cwd: LAB,
    options: { variables: { hostname: 'gw', password: 'hunter2' }, only: [] },
  };
  writeFileSync(path.join(engine.folder, 'request.json'), JSON.stringify(request));
  watched = await openPage(app.browser, app.served.url);
});

async function open(hash: string): Promise<Page> {
  const { page } = watched;
  await page.evaluate(to => {
    location.hash = to;
  }, hash);
  return page;
}

const detail = (page: Page) => page.getByRole('region', { name: 'The chosen line' });
const chosen = (page: Page) => page.locator('.gs-line-chosen');

it('leads from a line of the log to the picture of that moment, and back to the place in the log', {
  timeout: 60_000,
}, async () => {
  const page = await open(`#/builds/${BUILD}/log`);
  await page.getByPlaceholder('Filter').fill('line 100,');
  await page.locator('.gs-line').first().click();
  await detail(page).getByText('to its end').waitFor();
  await detail(page)
    .getByRole('button', { name: /^What was on the screen at/ })
    .click();
  await page.getByText(/^1 of 2 · /).waitFor();
  await page.getByText('line 98').waitFor();
  await page.getByRole('link', { name: 'Show this place in the log' }).click();
  await expect.poll(() => chosen(page).innerText()).toMatch(/line 100/);
  await expect.poll(() => detail(page).innerText()).toMatch(/to its end/);

  await page.getByRole('tab', { name: 'Film' }).click();
  await page.getByText(/^2 of 2 · /).waitFor();
  await page
    .getByRole('button', { name: /^The screen at/ })
    .first()
    .click();
  await page.getByText(/^1 of 2 · /).waitFor();
  await page.getByRole('link', { name: 'Show this place in the log' }).click();
  await expect.poll(() => chosen(page).innerText()).toMatch(/line 59$/);
  expect(watched.faults).toEqual([]);
});

it('chooses lines by the keyboard, and keeps them in sight', { timeout: 60_000 }, async () => {
  const page = await open(`#/builds/${BUILD}/log`);
  await page.getByRole('tab', { name: /^Events/ }).click();
  await page.getByRole('tab', { name: /^Log/ }).click();
  await page.getByLabel('Log', { exact: true }).focus();
  for (let press = 0; press < 40; press++) await page.keyboard.press('ArrowDown');
  await expect.poll(() => chosen(page).innerText()).toMatch(/line 40$/);
  expect(await chosen(page).evaluate(isInSight)).toBe(true);
  await page.keyboard.press('ArrowUp');
  await expect.poll(() => chosen(page).innerText()).toMatch(/line 39$/);
});

function isInSight(row: Element): boolean {
  const [box, list] = [row.getBoundingClientRect(), row.closest('.gs-lines')?.getBoundingClientRect()];
  return list !== undefined && box.top >= list.top - 1 && box.bottom <= list.bottom + 1;
}

it('says what was served and never fetched', { timeout: 60_000 }, async () => {
  const page = await open(`#/builds/${BUILD}/requests`);
  await page.getByText('Never fetched: /late.sh').waitFor();
});

it('does a build again in its own lab, with its variables but what is secret', { timeout: 60_000 }, async () => {
  const page = await open(`#/builds/${BUILD}/events`);
  await page.getByRole('button', { name: 'Build again' }).click();
  await expect.poll(() => page.getByLabel('hostname').inputValue()).toBe('gw');
  expect(await page.getByLabel('password').inputValue()).toBe('');
  expect(new URLSearchParams(page.url().split('?')[1]).get('folder')).toBe(LAB);
  await page.getByRole('button', { name: 'Take theirs' }).click();
  expect(await page.getByLabel('hostname').inputValue()).toBe('web');

  await page.getByLabel('hostname').fill('mine');
  await page.getByRole('link', { name: 'Library', exact: true }).click();
  await page.getByRole('heading', { name: 'Library', level: 1 }).waitFor();
  await page.goBack();
  await expect.poll(() => page.getByLabel('hostname').inputValue()).toBe('mine');
});

it('offers what a rule allows, names the version that is typed, and keys go on at the new screen', {
  timeout: 60_000,
}, async () => {
  const page = await open('#/new/web');
  const offered = () => page.getByLabel('layout').locator('option').allTextContents();
  await expect.poll(offered).toEqual(['plain', 'lvm']);
  await page.getByLabel('Version').fill('v7');
  await page.getByRole('button', { name: 'Build v7' }).waitFor();
  await page.getByRole('button', { name: 'Another recipe' }).press('Enter');
  await page.getByRole('heading', { name: 'New build', level: 1 }).waitFor();
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('main');
});

it('goes from tab to tab by the arrows', { timeout: 60_000 }, async () => {
  const page = await open(`#/builds/${BUILD}/events`);
  const focused = () => page.evaluate(() => document.activeElement?.textContent);
  await page.getByRole('tab', { name: 'Screen' }).focus();
  await page.keyboard.press('ArrowLeft');
  await expect.poll(focused).toMatch(/^Film/);
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await expect.poll(focused).toBe('Serial');
});
