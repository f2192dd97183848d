import { appendFileSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { type BuildState, fold } from '../../core/model/fold.ts';
import { median } from '../bench/median.ts';
import { FakeEngine } from '../cli/fake-engine.ts';
import { GOOD_BUILD } from '../cli/fake-journals.ts';
import { VM } from '../cli/fake-things.ts';
import { directTrip, screenRate, servedTrip } from './bench-screen.ts';
import { openPage, startChromium } from './chromium.ts';
import { startRfbServer } from './rfb-server.ts';
import { ASSETS, serve } from './served.ts';

/** `npm run bench:app [-- --json]`: figures of the app in this machine's Chromium, without a graphics card. */

const RUNS = 9;
const BUILD = GOOD_BUILD[0]?.type === 'started' ? GOOD_BUILD[0].build : '';
const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-bench-'));
const JOURNAL = path.join(dir, 'journal.jsonl');
const VNC = path.join(dir, 'vnc');

const LOG_LINES = 200_000;
const EVENTS_PER_SECOND = 5000;
const STORM_MS = 60_000;
const BUILDS = 300;

/** Many builds, one with a journal that grows, and a machine with a screen. */
class BenchEngine extends FakeEngine {
  readonly many: BuildState[] = Array.from({ length: BUILDS }, (_item, index) => ({
    ...fold(GOOD_BUILD),
    id: `web-20261120-${String(index).padStart(4, '0')}`,
  }));
  override vmList = [{ ...VM, vncSocket: VNC }];
  override async builds(): Promise<BuildState[]> {
    return [{ ...fold(GOOD_BUILD.slice(0, 8)), id: BUILD }, ...this.many];
  }
  override async show(build: string) {
    return { state: { ...fold(GOOD_BUILD.slice(0, 8)), id: build }, dir, files: [] };
  }
}

const worst = (values: number[]): number => Math.max(...values);
const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));

const lineOf = (seq: number): string =>
  `${JSON.stringify({ type: 'line', source: 'installer', line: `main-menu[312]: line ${seq} of an installer that tells what it does`, seq, at: new Date(1.76e12 + seq).toISOString() })}\n`;

async function goTo(page: Page, hash: string): Promise<void> {
  await page.evaluate(to => {
    location.hash = to;
  }, hash);
}

/** From the start of the navigation to the library's own words on the screen, by the page's own clock. */
async function firstPaint(browser: Browser, url: string): Promise<number> {
  const { page, context } = await openPage(browser, url);
  await page.evaluate(() => {
    location.hash = '#/library';
  });
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    await page.reload({ waitUntil: 'commit' });
    await page.getByRole('heading', { name: 'web', exact: true }).waitFor();
    times.push(await page.evaluate(() => new Promise<number>(resolve => requestAnimationFrame(resolve))));
  }
  await context.close();
  return median(times);
}

/** Frames per second while a list of 200,000 lines is scrolled through for some seconds. */
async function scrollRate(page: Page): Promise<number> {
  await goTo(page, `#/builds/${BUILD}/log`);
  const list = page.locator('.gs-lines');
  await list.waitFor();
  await page.waitForFunction(
    most => (document.querySelector('.gs-lines-all')?.clientHeight ?? 0) >= most * 19,
    LOG_LINES,
    { timeout: 60_000 },
  );
  return list.evaluate(
    box =>
      new Promise<number>(resolve => {
        const startedAt = performance.now();
        let frames = 0;
        const step = (now: number): void => {
          frames++;
          box.scrollTop = (box.scrollTop + 400) % box.scrollHeight;
          if (now - startedAt < 5000) requestAnimationFrame(step);
          else resolve((frames * 1000) / (now - startedAt));
        };
        requestAnimationFrame(step);
      }),
  );
}

/** From a key in the filter of the log to the frame that was painted after it. */
const inputToPaint = (page: Page): Promise<number> =>
  page.evaluate(
    () =>
      new Promise<number>(resolve => {
        const field = document.querySelector<HTMLInputElement>('input[aria-label^="Filter"]');
        const startedAt = performance.now();
        // After what runs now: a real key waits for it too.
        setTimeout(() => {
          if (field) {
            const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set;
            set?.call(field, field.value === 'line' ? '' : 'line');
            field.dispatchEvent(new Event('input', { bubbles: true }));
          }
          requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - startedAt)));
        });
      }),
  );

async function heapBytes(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  await session.send('HeapProfiler.collectGarbage');
  const { metrics } = await session.send('Performance.getMetrics');
  await session.detach();
  return metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? Number.NaN;
}

/** 5,000 events in each second of a minute, while a person types. */
async function storm(page: Page): Promise<{ paintMs: number[]; grownBytes: number }> {
  let seq = LOG_LINES * 2;
  const paintMs: number[] = [];
  // The kept lines are full before: growth beyond them would be a leak.
  for (let index = 0; index < 10; index++) {
    appendFileSync(JOURNAL, Array.from({ length: 4000 }, () => lineOf(++seq)).join(''));
    await sleep(300);
  }
  const before = await heapBytes(page);
  const startedAt = performance.now();
  let sent = 0;
  while (performance.now() - startedAt < STORM_MS) {
    const due = Math.floor(((performance.now() - startedAt) * EVENTS_PER_SECOND) / 1000) - sent;
    appendFileSync(JOURNAL, Array.from({ length: due }, () => lineOf(++seq)).join(''));
    sent += due;
    await sleep(100);
    if (sent % 5 === 0) paintMs.push(await inputToPaint(page));
  }
  await sleep(1000);
  return { paintMs, grownBytes: (await heapBytes(page)) - before };
}

/** From the click to the list of 300 builds on the screen. */
async function listTime(page: Page): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    await goTo(page, '#/library');
    await page.getByRole('heading', { name: 'Library', level: 1 }).waitFor();
    times.push(
      await page.evaluate(
        () =>
          new Promise<number>(resolve => {
            const startedAt = performance.now();
            location.hash = '#/builds';
            const look = (): void => {
              if (document.querySelectorAll('tbody tr').length >= 25)
                setTimeout(() => resolve(performance.now() - startedAt));
              else requestAnimationFrame(look);
            };
            requestAnimationFrame(look);
          }),
      ),
    );
  }
  return median(times);
}

/** What a browser loads before the library is shown, compressed. */
function firstLoadBytes(loaded: string[]): number {
  const files = readdirSync(path.join(ASSETS, 'assets')).filter(name => loaded.some(url => url.endsWith(name)));
  return files.reduce((sum, name) => sum + gzipSync(readFileSync(path.join(ASSETS, 'assets', name))).length, 0);
}

async function main(): Promise<void> {
  writeFileSync(
    JOURNAL,
    GOOD_BUILD.slice(0, 8)
      .map(event => `${JSON.stringify(event)}\n`)
      .join(''),
  );
  appendFileSync(JOURNAL, Array.from({ length: LOG_LINES }, (_item, index) => lineOf(index + 100)).join(''));
  const screen = await startRfbServer(VNC);
  const served = await serve({ engine: new BenchEngine() });
  const browser = await startChromium();
  try {
    const firstPaintMs = await firstPaint(browser, served.url);
    const { page } = await openPage(browser, served.url);
    const loaded = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
    const listMs = await listTime(page);
    const direct = await directTrip(VNC);
    const through = await servedTrip(served);
    const screenFps = await screenRate(browser, served.url);
    if (process.argv.includes('--screen')) return report({ screenFps });
    const scrollFps = await scrollRate(page);
    const { paintMs, grownBytes } = await storm(page);
    report({
      firstPaintMs,
      firstLoadKb: firstLoadBytes(loaded) / 1000,
      listMs,
      scrollFps,
      stormInputMs: median(paintMs),
      stormWorstInputMs: worst(paintMs),
      stormGrownMB: grownBytes / 1e6,
      vncDirectMs: direct,
      vncAddedMs: through - direct,
      screenFps,
    });
  } finally {
    await browser.close();
    await served.close();
    screen.close();
  }
}

const WHAT: Record<string, string> = {
  firstPaintMs: 'first useful paint, running engine (ms; goal 1000)',
  firstLoadKb: 'first load, gzip (kB; goal 700)',
  listMs: '300 builds in the list (ms; goal 200)',
  scrollFps: 'scrolling 200,000 lines (frames/s; goal 50)',
  stormInputMs: '5,000 events/s: input to paint, median (ms)',
  stormWorstInputMs: '5,000 events/s: input to paint, worst (ms; goal 100)',
  stormGrownMB: '5,000 events/s for a minute: heap grew (MB)',
  vncDirectMs: "a key's round trip, socket (ms)",
  vncAddedMs: "a key's round trip, added by the app (ms; goal 20)",
  screenFps: 'full screens of 1024 x 768 (frames/s; goal 15)',
};

function report(figures: Record<string, number>): void {
  for (const [name, value] of Object.entries(figures)) {
    process.stdout.write(`${(WHAT[name] ?? name).padEnd(60)} ${value.toFixed(value < 100 ? 2 : 0)}\n`);
  }
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(figures)}\n`);
}

await main();
