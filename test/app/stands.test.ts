import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { SLOW } from '../patience.ts';
import { DIRECT, goldsmith, installedBefore, type Running, start } from '../real/goldsmith.ts';
import { openPage, startChromium, type WatchedPage } from './chromium.ts';

const STEP = 180_000;

/** The tiny recipe with a provisioner whose script has a mistake. */
function brokenLab(): { dir: string; script: string } {
  const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-lab-'));
  cpSync('packer/tiny', dir, { recursive: true });
  const script = path.join(dir, 'set-up.sh');
  writeFileSync(script, '#!/bin/sh\ngrep -q goldsmith /etc/no-such-file\n');
  const template = path.join(dir, 'tiny.pkr.hcl');
  const broken = '  provisioner "shell" {\n    script = "set-up.sh"\n  }\n';
  writeFileSync(
    template,
    readFileSync(template, 'utf8').replace(/^ {2}provisioner "file"/m, () => `${broken}\n  provisioner "file"`),
  );
  const image = {
    recipe: template,
    iso: 'tiny',
    installer: 'tiny',
    boot: DIRECT,
    ...installedBefore(),
  };
  writeFileSync(path.join(dir, 'lab.yaml'), stringify({ images: { broken: image } }));
  return { dir, script };
}

const lab = brokenLab();
let serving: Running;
let browser: Browser;
let watched: WatchedPage;

beforeAll(async () => {
  expect((await goldsmith(['iso', 'tiny'], process.cwd())).status).toBe(0);
  serving = start(['serve', '--json'], lab.dir);
  const { url } = (await serving.event(event => (event.type as string) === 'result')) as unknown as { url: string };
  browser = await startChromium();
  watched = await openPage(browser, url);
}, SLOW);

afterAll(async () => {
  await browser?.close();
  serving?.child.kill('SIGTERM');
  expect((await serving?.ended)?.status).toBe(0);
});

it('stands at a failure, also for a page that comes later, and goes on when the script is repaired', {
  timeout: SLOW,
}, async () => {
  const { page, faults } = watched;
  page.setDefaultTimeout(STEP);
  await page.getByRole('button', { name: 'New build' }).click();
  await page.getByRole('button', { name: 'broken' }).click();
  await page.getByRole('button', { name: /^Build \S/ }).click();
  const card = page.getByRole('region', { name: 'The build stands' });
  await card.waitFor();
  await page.reload();
  await card.waitFor();
  await page.getByRole('tab', { name: /^Checkpoints/ }).click();
  await page.getByRole('row', { name: /before provisioner 1/ }).waitFor();

  writeFileSync(lab.script, '#!/bin/sh\necho repaired\n');
  await card.getByRole('button', { name: /^Retry/ }).click();
  await page.getByText('Released', { exact: true }).waitFor();
  await page.getByRole('tab', { name: /^Log/ }).click();
  await page.getByPlaceholder('Filter').fill('repaired');
  await page.locator('.gs-line', { hasText: /repaired$/ }).waitFor();

  await page.getByRole('tab', { name: /^Checkpoints/ }).click();
  await page.getByRole('button', { name: /^Compare before provisioner 1/ }).click();
  await page.getByRole('region', { name: 'What differs' }).getByText('repaired').waitFor();
  expect(faults).toEqual([]);
});
