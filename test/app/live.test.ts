import { beforeAll, expect, it } from 'vitest';
import type { BuildEvent } from '../../core/model/event.ts';
import type { Problem } from '../../core/model/failure.ts';
import { FakeEngine } from '../cli/fake-engine.ts';
import { GOOD_BUILD } from '../cli/fake-journals.ts';
import { openPage } from './chromium.ts';
import { openApp } from './open-app.ts';

/** How soon a page shows what happened elsewhere. */
const SOON = { timeout: 3000 };

/** A lint finding in the answer file, as the plan tells it. */
const FINDING: Problem = {
  code: 'bad-answers',
  severity: 'warning',
  message: 'The locale is asked for.',
  place: { file: '/preseed.cfg', line: 2 },
};

/** Builds that come and end while somebody looks; a plan with its answers' text. */
class LiveEngine extends FakeEngine {
  override problems = [FINDING];
  override async plans(target: string, options: Parameters<FakeEngine['plans']>[1]) {
    const plans = await super.plans(target, options);
    const answers = [{ path: '/preseed.cfg', kind: 'preseed', bytes: 21, text: 'd-i first\nd-i second\n' }];
    return plans.map(plan => ({ ...plan, answers }));
  }
}

const engine = new LiveEngine();

const app = openApp(engine);

beforeAll(async () => {
  engine.events = GOOD_BUILD.slice(0, 4);
});

it('shows in every window what a terminal does, without being asked', async () => {
  const windows = await Promise.all([openPage(app.browser, app.served.url), openPage(app.browser, app.served.url)]);
  for (const { page } of windows) {
    await page.evaluate(() => {
      location.hash = '#/builds';
    });
    await page.getByRole('row', { name: /web-20261120-1 .*Running/ }).waitFor();
  }
  engine.events = GOOD_BUILD;
  for (const { page } of windows) await page.getByRole('row', { name: /web-20261120-1 .*Released/ }).waitFor(SOON);
  expect(windows.flatMap(({ faults }) => faults)).toEqual([]);
});

it('says wherever it is seen that a build waits, and lets a person think again', async () => {
  const begun = GOOD_BUILD.slice(0, 4);
  engine.events = begun;
  const { page, context } = await openPage(app.browser, app.served.url);
  await page.evaluate(() => {
    location.hash = '#/builds';
  });
  await page.getByRole('row', { name: /web-20261120-1 .*Running/ }).waitFor();
  const question: BuildEvent = { type: 'question', text: 'The script ended with 1.\nWhat now?', choices: [] };
  engine.events = [...begun, { ...question, seq: begun.length + 1, at: '2026-11-20T10:00:10.000Z' }];
  await page.getByText('The build of web waits for your answer').waitFor(SOON);
  await page.getByRole('row', { name: /web-20261120-1 Waits for you The script ended with 1\./ }).waitFor();
  await page.getByRole('link', { name: 'Library', exact: true }).click();
  await page.getByRole('region', { name: 'Running builds' }).getByText('Waits for you').waitFor();

  await page.keyboard.press('Control+k');
  await page.keyboard.type('cancel web');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Let it run' }).click();
  expect(engine.asked.filter(([what]) => what === 'cancel')).toEqual([]);
  engine.events = GOOD_BUILD;
  await context.close();
});

it('asks before a snapshot is deleted', async () => {
  const { page, context } = await openPage(app.browser, app.served.url);
  await page.evaluate(() => {
    location.hash = '#/vms/web-run-1/snapshots';
  });
  const deleted = (): unknown[] => engine.asked.filter(([what, , work]) => what === 'snapshots' && work === 'delete');
  await page.getByRole('button', { name: 'Delete before' }).click();
  await page.getByRole('button', { name: 'Cancel', exact: true }).click();
  expect(deleted()).toEqual([]);
  await page.getByRole('button', { name: 'Delete before' }).click();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect.poll(deleted).toEqual([['snapshots', 'web-run-1', 'delete', 'before']]);
  await context.close();
});

it('marks in the answer file what the lint found', async () => {
  const { page, context } = await openPage(app.browser, app.served.url);
  await page.evaluate(() => {
    location.hash = '#/new/web';
  });
  await page.getByRole('tab', { name: 'Answer files (1)' }).click();
  await page.getByText('one remark, marked below').waitFor();
  const mark = page.locator('.cm-gutter-lint .cm-lint-marker-warning');
  await mark.waitFor();
  await mark.hover();
  await page.getByText('The locale is asked for.').last().waitFor();
  await context.close();
});
