import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPage, startChromium } from './chromium.ts';
import { JournalEngine } from './journal-engine.ts';
import { type Served, serve } from './served.ts';

const AXE = readFileSync('node_modules/axe-core/axe.min.js', 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

const SCREENS = [
  '#/library',
  '#/new',
  '#/new/web',
  '#/builds',
  '#/builds/web-20261120-1/log',
  '#/builds/web-20261120-1/requests',
  '#/builds/web-20261120-1/events',
  '#/builds/web-20261120-1/machine',
  '#/builds/web-20261120-1/checkpoints',
  '#/builds/stands-1/log',
  '#/builds/web-20261120-1/film',
  '#/builds/db-20261119-7/log',
  '#/builds/none-1/log',
  '#/vms',
  '#/vms/web-run-1/serial',
  '#/vms/web-run-1/snapshots',
  '#/vms?start=web@v1',
  '#/exports',
  '#/host',
  '#/nowhere',
];

let served: Served;
let browser: Browser;

beforeAll(async () => {
  served = await serve({ engine: new JournalEngine() });
  browser = await startChromium();
});

afterAll(async () => {
  await browser.close();
  await served.close();
});

/** A page is drawn piece by piece, as its data comes: it is there when it has stayed the same for so long. */
const STILL_MS = 100;

async function settled(stillMs: number): Promise<void> {
  for (let before = ''; before !== document.body.innerHTML; ) {
    before = document.body.innerHTML;
    await new Promise(resolve => setTimeout(resolve, stillMs));
  }
}

async function visit(page: Page, hash: string): Promise<void> {
  await page.evaluate(to => {
    location.hash = to;
  }, hash);
  await expect.poll(() => page.getByRole('heading').count()).toBeGreaterThan(0);
  await page.evaluate(settled, STILL_MS);
}

interface Finding {
  id: string;
  nodes: { html: string; failureSummary: string }[];
}

/** Of tables, by their text. */
const cutHeadings = (page: Page): Promise<string[]> =>
  page
    .locator('th')
    .evaluateAll(all => all.flatMap(one => (one.scrollWidth > one.clientWidth ? [one.textContent ?? ''] : [])));

async function findings(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const found = await page.evaluate(async rules => {
    const { axe } = window as unknown as {
      axe: { run(root: Document, options: object): Promise<{ violations: Finding[] }> };
    };
    return (await axe.run(document, { runOnly: rules })).violations;
  }, RULES);
  return found.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`));
}

describe.each(['light', 'dark'] as const)('%s', colorScheme => {
  // At 1280 pixels. One look at each screen for all three: it is the visit that takes its time.
  it('every screen: axe finds nothing, no heading is cut off, and all tabs of a build are there', async () => {
    const { page, context } = await openPage(browser, served.url, { colorScheme });
    const all: string[] = [];
    for (const hash of SCREENS) {
      await visit(page, hash);
      all.push(...(await findings(page)).map(finding => `${hash} ${finding}`));
      all.push(...(await cutHeadings(page)).map(heading => `${hash}: "${heading}" is cut off`));
      const tabs = page.getByRole('tab');
      if (await tabs.count())
        await expect.poll(() => tabs.last().evaluate(isWhollyInSight), { message: hash }).toBe(true);
    }
    await visit(page, '#/builds/web-20261120-1/checkpoints');
    await page.getByRole('button', { name: 'Compare with another build' }).click();
    await page.getByText('No difference is known').waitFor();
    all.push(...(await findings(page)).map(finding => `compare ${finding}`));
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+k');
    all.push(...(await findings(page)).map(finding => `palette ${finding}`));
    expect(all).toEqual([]);
    await context.close();
  });
});

describe('at 200 %', () => {
  it('nothing has to be scrolled sideways', async () => {
    const { page, context } = await openPage(browser, served.url, { width: 640, height: 400 });
    const wide: string[] = [];
    for (const hash of SCREENS) {
      await visit(page, hash);
      const over = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (over > 0) wide.push(`${hash}: ${over} px`);
    }
    expect(wide).toEqual([]);
    await context.close();
  });
});

describe('in a narrow window', () => {
  it.each(['film', 'screen'])('the open tab is in sight: %s', async name => {
    const { page, context } = await openPage(browser, served.url, { width: 640 });
    await visit(page, `#/builds/web-20261120-1/${name}`);
    const tab = page.getByRole('tab', { name: new RegExp(`^${name}`, 'i'), selected: true });
    await expect.poll(() => tab.evaluate(isWhollyInSight)).toBe(true);
    await context.close();
  });
});

function isWhollyInSight(tab: Element): boolean {
  const box = tab.getBoundingClientRect();
  const list = tab.closest('[role=tablist]')?.getBoundingClientRect();
  return list !== undefined && box.left >= list.left - 1 && box.right <= list.right + 1;
}

describe('the keyboard alone', () => {
  it('reaches every screen through the palette, and comes back out of it', async () => {
    const { page, context } = await openPage(browser, served.url);
    await page.keyboard.press('Control+k');
    await page.keyboard.type('exports');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Exports', level: 1 }).waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
    await context.close();
  });
});
