import { cpSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SLOW } from '../patience.ts';
import { DIRECT, goldsmith, home, makeLab, ONE_BOOT } from '../real/goldsmith.ts';
import { readScreen } from './screen-text.ts';
import { WatchedLab } from './watched-lab.ts';

/** The tiny recipe with a step that waits for a person to have logged in, and a kernel that says what it does. */
function labToWatch(): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-recipe-'));
  cpSync('packer/tiny', dir, { recursive: true });
  const template = path.join(dir, 'tiny.pkr.hcl');
  const pause = '  provisioner "shell" {\n    inline = ["until [ -e /run/seen ]; do sleep 1; done"]\n  }\n';
  writeFileSync(template, readFileSync(template, 'utf8').replace(/^ {2}provisioner "file"/m, `${pause}\n$&`));
  return makeLab(IMAGE, {
    description: 'A tiny guest to be watched',
    recipe: template,
    boot: { direct: { ...DIRECT.direct, append: DIRECT.direct.append.replace(' quiet', '') } },
    boot_test: ONE_BOOT,
  });
}

/** Earlier runs of the test left theirs in the same home. */
const IMAGE = `watched${process.pid}`;

let app: WatchedLab;
beforeAll(async () => {
  app = await WatchedLab.open(labToWatch());
}, SLOW);
afterAll(() => app?.close());

const tab = (page: Page, name: string | RegExp) => page.getByRole('tab', { name });
const terminal = (page: Page) => page.locator('.xterm-rows');

async function typeInGuest(page: Page, keys: string): Promise<void> {
  await tab(page, 'SSH').click();
  await page.getByText(/^Logged in as root/).waitFor();
  await expect.poll(() => terminal(page).textContent(), { timeout: SLOW }).toMatch(/[#$] *$/);
  await page.getByLabel('Shell in the guest').focus();
  await page.keyboard.type(keys);
}

it('goes the whole way: three clicks to a build, watched in every view, to files on the disk', {
  timeout: SLOW,
}, async () => {
  const { page, faults } = app.watched;
  page.setDefaultTimeout(SLOW);
  await page.getByRole('button', { name: 'New build' }).click();
  await page.getByRole('button', { name: IMAGE }).click();
  await page.getByRole('button', { name: /^Build \S/ }).click();
  await page.waitForURL(new RegExp(`#/builds/${IMAGE}-`));
  const build = decodeURIComponent(page.url().split('/').at(-1) ?? '');

  await tab(page, 'Serial').click();
  await expect.poll(() => terminal(page).textContent(), { timeout: SLOW }).toMatch(/\[ +\d+\.\d{6}\]/);

  await typeInGuest(page, 'uname -a\n');
  await expect.poll(() => terminal(page).textContent(), { timeout: SLOW }).toMatch(/Linux tiny \d+\.\d+/);
  await tab(page, 'Screen').click();
  await expect.poll(() => readScreen(page, 'tiny login:'), { timeout: SLOW }).toBe(true);
  await typeInGuest(page, 'touch /run/seen\n'); // until now the screen stands there

  await tab(page, /^Requests/).click();
  await page.getByRole('row', { name: /GET \/tiny\.cfg 200/ }).waitFor();
  await page.getByText('Released', { exact: true }).waitFor();
  await tab(page, 'Film').click();
  await page
    .getByRole('img', { name: /^The screen at/ })
    .first()
    .waitFor();

  await page.getByRole('link', { name: 'Library' }).click();
  await page.getByRole('heading', { name: IMAGE, exact: true, level: 2 }).waitFor();
  await page.getByRole('button', { name: new RegExp(`^More actions for ${IMAGE}@`) }).click();
  await page.getByRole('menuitem', { name: 'Export …' }).click();
  await page.getByRole('button', { name: 'Export in 1 format' }).click();
  const made = page.getByRole('region', { name: 'What was made' });
  const folder = (await made.getByRole('heading').textContent())?.split(' is in ')[1] ?? '';
  expect(folder.startsWith(path.dirname(home.store))).toBe(true);
  expect(existsSync(path.join(folder, 'SHA256SUM'))).toBe(true);
  expect((await goldsmith(['verify', folder], process.cwd())).status).toBe(0);

  await page.getByRole('button', { name: new RegExp(`^Read the notes of .*${IMAGE}`) }).click();
  await page
    .getByRole('dialog')
    .getByText(/SHA256SUM/)
    .first()
    .waitFor();
  await page.keyboard.press('Escape');

  expect(faults).toEqual([]);
  expect((await goldsmith(['show', build, '--json'], process.cwd())).status).toBe(0);
});
