import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SLOW } from '../patience.ts';
import { installedBefore, makeLab } from '../real/goldsmith.ts';
import { WatchedLab } from './watched-lab.ts';

/** The tiny recipe with a provisioner whose script has a mistake. */
function brokenLab(): { dir: string; script: string } {
  const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-recipe-'));
  cpSync('packer/tiny', dir, { recursive: true });
  const script = path.join(dir, 'set-up.sh');
  writeFileSync(script, '#!/bin/sh\ngrep -q goldsmith /etc/no-such-file\n');
  const template = path.join(dir, 'tiny.pkr.hcl');
  const broken = `  provisioner "shell" {\n    script = "\${path.root}/set-up.sh"\n  }\n`;
  writeFileSync(
    template,
    readFileSync(template, 'utf8').replace(/^ {2}provisioner "file"/m, () => `${broken}\n  provisioner "file"`),
  );
  const lab = makeLab('broken', { ...installedBefore(), recipe: template });
  return { dir: lab, script };
}

const lab = brokenLab();
let app: WatchedLab;
beforeAll(async () => {
  app = await WatchedLab.open(lab.dir);
}, SLOW);
afterAll(() => app?.close());

it('stands at a failure, also for a page that comes later, and goes on when the script is repaired', {
  timeout: SLOW,
}, async () => {
  const { page, faults } = app.watched;
  page.setDefaultTimeout(SLOW);
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
