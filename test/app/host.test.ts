import { expect, it } from 'vitest';
import { FakeEngine } from '../cli/fake-engine.ts';
import { openPage } from './chromium.ts';
import { openApp } from './open-app.ts';

const app = openApp(new FakeEngine());

it('lists the libvirts that machines run on, and why one cannot be reached', async () => {
  const { page, faults } = await openPage(app.browser, app.served.url);
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
