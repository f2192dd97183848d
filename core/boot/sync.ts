import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { countsDown } from './countdown.ts';
import { findText } from './screen.ts';

/** What is looked at: a machine's screen, or in tests one that is made up. */
export interface Screen {
  /** Undefined in a graphics mode. */
  screenText(): Promise<string[] | undefined>;
  screenshot(): Promise<Buffer>;
}

const POLL_MS = 100;
/** A screen that has not changed for so long is one that waits: a tenth of the wait's own time, within these. */
const STILL_MS = { least: 250, most: 3000, share: 0.1 } as const;
/** In graphics a menu may fade in, and nobody can read what stands there. */
const STILL_PICTURE_MS = 1500;

/** What boot loaders write when they wait for somebody. */
export const MENU_TEXTS: readonly string[] = [
  'GNU GRUB',
  'Use the ↑ and ↓ keys',
  'ISOLINUX',
  'SYSLINUX',
  'boot:',
  'Press [Tab] to edit options',
  'Automatic boot in',
  'Press any key to boot from CD',
  'Welcome to FreeBSD',
  'OpenBSD/amd64 CDBOOT',
];

/** What a screen shows at a moment. */
export interface Look {
  text: string[] | undefined;
  /** Two looks with the same one saw the same. */
  picture: string;
}

export async function look(screen: Screen): Promise<Look> {
  const text = await screen.screenText();
  const seen = text ? text.join('\n') : await screen.screenshot();
  return { text, picture: createHash('sha256').update(seen).digest('hex') };
}

/**
 * Waits until a text stands on the screen; where none is named, until a boot menu does, or a picture that no longer
 * changes.
 * @returns what was seen; undefined when the time was over first
 */
export async function waitForMenu(
  screen: Screen,
  wanted: string | undefined,
  limitMs: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const texts = wanted === undefined ? MENU_TEXTS : [wanted];
  let last = '';
  let stillSince = performance.now();
  for (const deadline = performance.now() + limitMs; performance.now() < deadline; ) {
    const { text, picture } = await look(screen);
    const found = text && texts.find(one => findText(text, one));
    if (found !== undefined) return found;
    if (picture !== last) stillSince = performance.now();
    last = picture;
    const isStill = performance.now() - stillSince >= STILL_PICTURE_MS;
    if (wanted === undefined && text === undefined && isStill) return 'a picture that no longer changes';
    await sleep(POLL_MS, undefined, { signal });
  }
  return undefined;
}

/** A menu's seconds that run down are no change. */
const isSame = (before: Look, now: Look): boolean =>
  before.picture === now.picture ||
  (before.text !== undefined && now.text !== undefined && countsDown(before.text, now.text));

/** Waits until the screen shows something else than before and stands still, or the time is over. */
export async function waitForChange(screen: Screen, before: Look, limitMs: number, signal: AbortSignal): Promise<void> {
  const stillMs = Math.min(STILL_MS.most, Math.max(STILL_MS.least, limitMs * STILL_MS.share));
  let last = before;
  let stillSince: number | undefined;
  for (const deadline = performance.now() + limitMs; performance.now() < deadline; ) {
    const now = await look(screen);
    if (!isSame(last, now)) stillSince = performance.now();
    last = now;
    if (stillSince !== undefined && performance.now() - stillSince >= stillMs) return;
    await sleep(Math.min(POLL_MS, Math.max(0, deadline - performance.now())), undefined, { signal });
  }
}
