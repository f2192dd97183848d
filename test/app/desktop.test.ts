import { mkdirSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import type { Watch } from '../../core/model/engine.ts';
import type { Stamped } from '../../core/model/event.ts';
import type { ExportToOptions } from '../../core/model/hand-off.ts';
import { FakeEngine } from '../cli/fake-engine.ts';
import { GOOD_BUILD, stamped } from '../cli/fake-journals.ts';
import { openPage } from './chromium.ts';
import { openApp } from './open-app.ts';

/** An export that goes on until it is told to end, or is stopped. */
class SlowExport extends FakeEngine {
  finish = (): void => {};
  override async exportTo(ref: string, options: ExportToOptions, watch: Watch) {
    watch.onEvent({
      type: 'progress',
      what: 'qcow2',
      done: 30,
      unit: 'percent',
      seq: 1,
      at: '2026-11-20T10:00:00.000Z',
    });
    await new Promise<void>((resolve, reject) => {
      this.finish = resolve;
      watch.signal.addEventListener('abort', () => reject(watch.signal.reason), { once: true });
    });
    mkdirSync(options.dir, { recursive: true });
    return super.exportTo(ref, options, watch);
  }
}

/** How a page tells the desktop: recorded, in Electron's place or the browser's. */
interface Told {
  shares: number[];
  notes: string[][];
}
type Recorded = typeof globalThis & { told: Told };

const engine = new SlowExport();

const app = openApp(engine);

/** The build before this one took the same steps: that is what the estimate goes by. */
const EARLIER: Stamped[] = GOOD_BUILD;
const at = (seconds: number): string => new Date(Date.now() - 120_000 + seconds * 1000).toISOString();
const NOW: Stamped[] = stamped(
  { type: 'started', build: 'web-now-1', image: 'web', version: 'v2', pid: 78 },
  { type: 'step-started', step: 'test' },
).map(event => ({ ...event, at: at(event.seq) }));
const ENDED: Stamped[] = [
  ...NOW,
  { type: 'finished', outcome: 'failed', failure: { code: 'tests-failed', message: 'No nginx.' }, seq: 3, at: at(119) },
];

/** Builds with the journals given. */
function shows(...journals: Stamped[][]): void {
  engine.builds = async () => {
    const { fold } = await import('../../core/model/fold.ts');
    return journals.map(journal => fold(journal));
  };
}

async function whileAway(page: Page): Promise<Told> {
  await page.evaluate(() => {
    document.hasFocus = () => false;
  });
  shows(EARLIER, NOW);
  await page.getByText('web@v2').waitFor();
  await expect.poll(() => page.title()).toMatch(/^\d+ % · Library/);
  shows(EARLIER, ENDED);
  await page.getByText('The build of web: failed').waitFor();
  await expect.poll(() => page.title()).toMatch(/^Library/);
  return page.evaluate(() => (globalThis as Recorded).told);
}

it('tells a browser that asked for it of the end of a long build', { timeout: 60_000 }, async () => {
  shows(EARLIER);
  const { page, context } = await openPage(app.browser, app.served.url);
  await page.evaluate(() => {
    const told: Told = { shares: [], notes: [] };
    class Recorder {
      static permission = 'granted';
      constructor(title: string, { body }: { body: string }) {
        told.notes.push([title, body]);
      }
    }
    Object.assign(globalThis, { told, Notification: Recorder });
  });
  expect((await whileAway(page)).notes).toEqual([['The build of web: failed', 'No nginx.']]);
  await context.close();
});

it('tells the desktop through its shell, with the progress in the task bar', { timeout: 60_000 }, async () => {
  shows(EARLIER);
  const { page, context } = await openPage(app.browser, app.served.url);
  await page.evaluate(() => {
    const told: Told = { shares: [], notes: [] };
    const goldsmith = {
      connect: () => {},
      progress: (share: number) => void told.shares.push(share),
      notify: (title: string, body: string) => void told.notes.push([title, body]),
      external: () => {},
    };
    Object.assign(globalThis, { told, goldsmith });
  });
  const { shares, notes } = await whileAway(page);
  expect(notes).toEqual([['The build of web: failed', 'No nginx.']]);
  expect(shares[0]).toBeGreaterThan(0.5);
  expect(shares.at(-1)).toBe(-1);
  await page.getByRole('link', { name: 'Host', exact: true }).click();
  await page.getByText('Notification when a long build ends').locator('..').getByText('on', { exact: true }).waitFor();
  await context.close();
});

it('goes on with an export while other screens are looked at; it can be stopped', { timeout: 60_000 }, async () => {
  shows(EARLIER);
  const { page, context, faults } = await openPage(app.browser, app.served.url);
  const exports = page.getByRole('link', { name: /^Exports/ });
  await exports.click();
  await page.getByRole('button', { name: 'Export in 1 format' }).click();
  await page.getByText('web@v1: qcow2').waitFor();
  await page.getByRole('link', { name: 'Builds', exact: true }).click();
  await page.getByRole('heading', { name: 'Builds', level: 1 }).waitFor();
  await exports.click();
  await page.getByText('web@v1: qcow2').waitFor();
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByText('The export failed; nothing was left behind').waitFor();
  expect(engine.asked.filter(([what]) => what === 'exportTo')).toEqual([]);

  await page.getByRole('button', { name: 'Export in 1 format' }).click();
  await page.getByText('web@v1: qcow2').waitFor();
  const other = await openPage(app.browser, app.served.url);
  await other.page.getByRole('link', { name: /^Exports/ }).click();
  await other.page.getByRole('heading', { name: 'Export a release' }).waitFor();
  await page.getByRole('link', { name: 'Library', exact: true }).click();
  engine.finish();
  await page.getByText('Exported web@v1').waitFor();
  await other.page.getByRole('row', { name: /^web@v1/ }).waitFor();
  expect(faults).toEqual([]);
  await other.context.close();
  await context.close();
});
