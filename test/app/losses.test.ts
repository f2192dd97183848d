import { isDeepStrictEqual } from 'node:util';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { BuildEvent } from '../../core/model/event.ts';
import { GOOD_BUILD, stamped } from '../cli/fake-journals.ts';
import { RELEASE } from '../cli/fake-things.ts';
import { openPage } from './chromium.ts';
import { JournalEngine } from './journal-engine.ts';
import { openApp } from './open-app.ts';

/** Two releases, so that a channel can be moved; remembers where. */
class Releases extends JournalEngine {
  override async images() {
    const [image] = await super.images();
    const older = { ...RELEASE, version: 'v0.9', channels: [], at: '2026-11-19T10:00:00.000Z', id: 'sha256:bb' };
    return image ? [{ ...image, releases: [RELEASE, older] }] : [];
  }
  override async promote(ref: string, channel: string) {
    this.asked.push(['promote', ref, channel]);
    const isBack = ref.endsWith('v0.9');
    return { release: { ...RELEASE, version: isBack ? 'v0.9' : 'v1' }, channel, previous: isBack ? 'v1' : 'v0.9' };
  }
}

const engine = new Releases();

const app = openApp(engine);

const RUNNING: BuildEvent[] = [
  { type: 'started', build: 'web-20261120-1', image: 'web', version: 'v1', pid: 77 },
  { type: 'step-started', step: 'install' },
];

interface Loss {
  what: string;
  at: string;
  /** Of the build that is looked at, where it is not one that ended well. */
  events?: BuildEvent[];
  begin(page: Page): Promise<void>;
  /** The button of the question that says yes. */
  yes: string;
  /** What the engine is asked to do then. */
  done: unknown[];
}

const click =
  (...names: (string | RegExp)[]) =>
  async (page: Page): Promise<void> => {
    for (const name of names) {
      await page.getByRole('button', { name }).or(page.getByRole('menuitem', { name })).first().click();
    }
  };

const BUILD = '#/builds/web-20261120-1';

const LOSSES: Loss[] = [
  {
    what: 'a build that runs',
    at: `${BUILD}/events`,
    events: RUNNING,
    begin: click('Cancel build'),
    yes: 'Cancel the build',
    done: ['cancel', 'web-20261120-1'],
  },
  {
    what: 'a build with its journal',
    at: `${BUILD}/events`,
    begin: click('Remove'),
    yes: 'Remove',
    done: ['remove', 'web-20261120-1', { force: false }],
  },
  {
    what: 'the machine of a build that stands',
    at: '#/builds/stands-1/events',
    begin: click('Discard the machine'),
    yes: 'Discard',
    done: ['answer', 'stands-1', 'd'],
  },
  {
    what: 'what a machine did since a checkpoint',
    at: `${BUILD}/checkpoints`,
    events: RUNNING,
    begin: click('Go back to before the answers'),
    yes: 'Go back',
    done: ['rewind', 'web-20261120-1', 'c0ffee01', { onError: 'ask' }],
  },
  {
    what: 'a test machine',
    at: '#/vms',
    begin: click('Discard web-run-1'),
    yes: 'Discard',
    done: ['remove', 'web-run-1', { force: true }],
  },
  {
    what: 'what a test machine did since a snapshot',
    at: '#/vms/web-run-1/snapshots',
    begin: click('Go back to before'),
    yes: 'Go back',
    done: ['snapshots', 'web-run-1', 'load', 'before'],
  },
  {
    what: 'a snapshot',
    at: '#/vms/web-run-1/snapshots',
    begin: click('Delete before'),
    yes: 'Delete',
    done: ['snapshots', 'web-run-1', 'delete', 'before'],
  },
  {
    what: 'a release',
    at: '#/library',
    begin: click('More actions for web@v0.9', 'Delete …'),
    yes: 'Delete',
    done: ['remove', 'web@v0.9', { force: false }],
  },
  {
    what: 'a release that a channel names',
    at: '#/library',
    begin: click('More actions for web@v1', 'Delete …'),
    yes: 'Delete',
    done: ['remove', 'web@v1', { force: true }],
  },
  {
    what: 'a failed candidate',
    at: '#/library',
    begin: click('Delete the candidate web@v0'),
    yes: 'Delete',
    done: ['remove', 'web@v0', { force: false }],
  },
  {
    what: 'old builds',
    at: '#/host',
    begin: click(/^Remove builds older than 30 days/),
    yes: 'Remove',
    done: ['clean', { all: false, dryRun: false, olderThanMs: 30 * 24 * 3600 * 1000 }],
  },
  {
    what: 'stages',
    at: '#/host',
    begin: click(/^Remove what no build uses/),
    yes: 'Remove',
    done: ['removeStages', undefined],
  },
  {
    what: 'caches',
    at: '#/host',
    begin: click(/^Empty, with unused stages/),
    yes: 'Remove',
    done: ['clean', { all: true, dryRun: false }],
  },
  {
    what: 'what crashes left',
    at: '#/host',
    begin: click(/^Remove what crashes left/),
    yes: 'Remove',
    done: ['clean', { all: false, dryRun: false }],
  },
];

const asked = (wanted: unknown[]): number => engine.asked.filter(one => isDeepStrictEqual(one, wanted)).length;

describe('nothing is lost without a question', () => {
  it.each(LOSSES)('$what', { timeout: 60_000 }, async ({ at, events, begin, yes, done }) => {
    engine.events = events ? stamped(...events) : GOOD_BUILD;
    engine.asked.length = 0;
    const { page, context, faults } = await openPage(app.browser, app.served.url);
    await page.evaluate(to => {
      location.hash = to;
    }, at);
    const dialog = page.getByRole('dialog');
    await begin(page);
    await dialog.waitFor();
    // Whoever only presses Enter loses nothing.
    await page.keyboard.press('Enter');
    await expect.poll(() => dialog.count()).toBe(0);
    expect(asked(done)).toBe(0);
    await begin(page);
    await dialog.getByRole('button', { name: yes, exact: true }).click();
    await expect.poll(() => asked(done)).toBe(1);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('and a channel that was moved can be moved back right there', { timeout: 60_000 }, async () => {
    engine.asked.length = 0;
    const { page, context } = await openPage(app.browser, app.served.url);
    await click('More actions for web@v0.9', 'Roll “latest” back to it')(page);
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect
      .poll(() => engine.asked.filter(([what]) => what === 'promote'))
      .toEqual([
        ['promote', 'web@v0.9', 'latest'],
        ['promote', 'web@v1', 'latest'],
      ]);
    await context.close();
  });
});
