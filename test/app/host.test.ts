import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FakeEngine } from '../cli/fake-engine.ts';
import { openPage, startChromium } from './chromium.ts';
import { type Served, serve } from './served.ts';

let served: Served;
let browser: Browser;

beforeAll(async () => {
  served = await serve({ engine: new FakeEngine() });
  browser = await startChromium();
});
afterAll(async () => {
  await browser.close();
  await served.close();
});

it('lists the libvirts that machines run on, and why one cannot be reached', async () => {
  const { page, faults } = await openPage(browser, served.url);
  await page.evaluate(() => {
    location.hash = '#/host';
  });
  const rows = page.locator('table[aria-label="libvirt connections"] tbody tr');
  await rows.nth(1).waitFor();
  const first = await rows.nth(0).locator('td').allInnerTexts();
  expect(first).toEqual(['Answers', 'qemu:///session', '9.0.0', '3', '1']);
  expect(await rows.nth(1).innerText()).toMatch(/Cannot be reached[\s\S]*qemu\+ssh:\/\/far\/system[\s\S]*refused/);
  expect(faults).toEqual([]);
});
