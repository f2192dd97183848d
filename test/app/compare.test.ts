import { beforeAll, expect, it } from 'vitest';
import type { CheckpointInfo } from '../../core/model/checkpoint.ts';
import type { Comparison } from '../../core/model/comparison.ts';
import { FakeEngine } from '../cli/fake-engine.ts';
import { GOOD_BUILD } from '../cli/fake-journals.ts';
import { openPage } from './chromium.ts';
import { JournalEngine } from './journal-engine.ts';
import { openApp } from './open-app.ts';

const [FIRST, SECOND] = ['web-20261120-1', 'db-20261119-7'];

/** Two branches from one checkpoint, and what differs between any two ways. */
class BranchedEngine extends JournalEngine {
  override async checkpoints(build: string): Promise<CheckpointInfo[]> {
    const [stem, grown] = await super.checkpoints(build);
    if (build !== FIRST || !stem || !grown) return [];
    return [stem, grown, { ...grown, id: 'c0ffee03', name: 'before sealing', isCurrent: false }];
  }
  override async compare(one: string, other: string): Promise<Comparison> {
    const compared = await super.compare(one, other);
    return {
      ...compared,
      common: { id: 'c0ffee01', name: 'before the answers' },
      differences: [
        { area: 'output', name: 'Provisioner 1: shell', one: 'nginx is missing\nit was not set up' },
        { area: 'time', name: 'Provision', one: '3.0 s', other: '41 s' },
      ],
    };
  }
}

const engine = new BranchedEngine();

const app = openApp(engine);

beforeAll(async () => {
  engine.events = GOOD_BUILD;
});

async function openCheckpoints() {
  const watched = await openPage(app.browser, app.served.url);
  await watched.page.evaluate(build => {
    location.hash = `#/builds/${build}/checkpoints`;
  }, FIRST);
  return watched;
}

const compared = (): unknown => engine.asked.findLast(([what]) => what === 'compare');

it('shows the tree of checkpoints, a second branch as one', async () => {
  const { page, context } = await openCheckpoints();
  const names = page.getByRole('row').locator('td[data-label=Checkpoint] > div');
  await names.first().waitFor();
  const texts = await names.allInnerTexts();
  expect(texts.map(text => text.split('\n')[0])).toEqual([
    'before the answers',
    'before provisioner 1: shell',
    'branch · before sealing',
  ]);
  const indents = await names.evaluateAll(all => all.map(one => Number.parseFloat(getComputedStyle(one).paddingLeft)));
  expect(indents.map(pixels => pixels > 0)).toEqual([false, false, true]);
  await context.close();
});

it('compares a checkpoint with where the build stands, and whatever else is chosen', async () => {
  const { page, context, faults } = await openCheckpoints();
  await page.getByRole('button', { name: 'Compare before provisioner 1: shell' }).click();
  const dialog = page.getByRole('dialog', { name: 'Compare builds and checkpoints' });
  await dialog.getByText('Both grew from “before the answers”.').waitFor();
  expect(compared()).toEqual(['compare', 'c0ffee02', FIRST]);
  await dialog.getByRole('row', { name: /Provisioner 1: shell nginx is missing/ }).waitFor();
  await dialog.getByRole('row', { name: 'Provision 3.0 s 41 s' }).waitFor();

  await dialog.getByRole('group', { name: 'Second' }).getByLabel('Build').selectOption(SECOND);
  await expect.poll(compared).toEqual(['compare', 'c0ffee02', SECOND]);
  await dialog.getByRole('group', { name: 'First' }).getByLabel('Up to').selectOption('');
  await expect.poll(compared).toEqual(['compare', FIRST, SECOND]);
  await dialog.getByRole('group', { name: 'Second' }).getByLabel('Build').selectOption(FIRST);
  await dialog.getByText(/the same moment twice/).waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

it('begins with the build before it, and says when nothing differs', async () => {
  const { page, context } = await openCheckpoints();
  engine.compare = FakeEngine.prototype.compare;
  await page.getByRole('button', { name: 'Compare with another build' }).click();
  await page
    .getByRole('dialog')
    .getByText(/^No difference is known/)
    .waitFor();
  expect(compared()).toEqual(['compare', SECOND, FIRST]);
  await page.keyboard.press('Escape');
  await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
  await context.close();
});
