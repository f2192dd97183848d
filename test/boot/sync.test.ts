import { describe, expect, it } from 'vitest';
import { countsDown } from '../../core/boot/countdown.ts';
import { look, type Screen, waitForChange, waitForMenu } from '../../core/boot/sync.ts';

const never = new AbortController().signal;

interface Scene {
  fromMs: number;
  /** Undefined: a picture in graphics. */
  text?: string[];
}

/** A screen that shows one scene after the other. */
function screenOf(...scenes: Scene[]): Screen {
  const startedAt = performance.now();
  const now = (): Scene | undefined => scenes.findLast(({ fromMs }) => performance.now() - startedAt >= fromMs);
  return {
    screenText: async () => now()?.text,
    screenshot: async () => Buffer.from(String(now()?.fromMs)),
  };
}

const timed = async <T>(work: Promise<T>): Promise<{ value: T; ms: number }> => {
  const startedAt = performance.now();
  return { value: await work, ms: performance.now() - startedAt };
};

describe('the wait for a menu', () => {
  it('ends soon after it stands on the screen', async () => {
    const screen = screenOf({ fromMs: 0, text: ['SeaBIOS'] }, { fromMs: 600, text: ['  GNU GRUB  version 2.12'] });
    const { value, ms } = await timed(waitForMenu(screen, undefined, 10_000, never));
    expect(value).toBe('GNU GRUB');
    expect(ms).toBeGreaterThan(595);
    expect(ms).toBeLessThan(1100);
  });

  it('is for the text that the lab names, and no other', async () => {
    const screen = screenOf({ fromMs: 0, text: ['GNU GRUB'] }, { fromMs: 400, text: ['GNU GRUB', 'Install'] });
    const { value, ms } = await timed(waitForMenu(screen, 'Install', 10_000, never));
    expect(value).toBe('Install');
    expect(ms).toBeGreaterThan(395);
  });

  it('takes a picture that no longer changes for one', async () => {
    const screen = screenOf({ fromMs: 0 }, { fromMs: 300 }, { fromMs: 600 });
    const { value, ms } = await timed(waitForMenu(screen, undefined, 10_000, never));
    expect(value).toMatch(/picture/);
    expect(ms).toBeGreaterThan(2000);
  });

  it('ends with its time, and with the build', async () => {
    const screen = screenOf({ fromMs: 0, text: ['SeaBIOS'] });
    expect(await waitForMenu(screen, undefined, 300, never)).toBeUndefined();
    const stop = AbortSignal.timeout(200);
    await expect(waitForMenu(screen, undefined, 10_000, stop)).rejects.toThrow();
  });
});

describe('a wait between keys', () => {
  it('ends when the screen has changed and stands still', async () => {
    const screen = screenOf({ fromMs: 0, text: ['menu'] }, { fromMs: 300, text: ['grub>'] });
    const { ms } = await timed(waitForChange(screen, await look(screen), 5000, never));
    expect(ms).toBeGreaterThan(500);
    expect(ms).toBeLessThan(1500);
  });

  it('lasts as long as it says where nothing changes', async () => {
    const screen = screenOf({ fromMs: 0, text: ['menu'] });
    const { ms } = await timed(waitForChange(screen, await look(screen), 400, never));
    expect(ms).toBeGreaterThan(395);
    expect(ms).toBeLessThan(900);
  });

  it('takes the seconds of a menu neither for a change nor for unrest', async () => {
    const ticks = Array.from({ length: 9 }, (_, nth) => ({
      fromMs: nth * 300,
      text: [nth < 3 ? 'menu' : 'edit', `Automatic boot in ${10 - nth} seconds`],
    }));
    const screen = screenOf(...ticks);
    const { ms } = await timed(waitForChange(screen, await look(screen), 6000, never));
    expect(ms).toBeGreaterThan(900 + 600 - 10); // changed with the fourth tick; two ticks long it had to stand still
    expect(ms).toBeLessThan(2300);
  });
});

it.each([
  ['Automatic boot in 10 seconds...', 'Automatic boot in 9 seconds...', true],
  ['  booting in 10 s', '  booting in  9 s', true],
  ['executed in 5s', 'executed in 3s', true],
  ['Loading 9 %', 'Loading 10 %', false],
  ['1 of 5', '0 of 4', false],
  ['in 5 seconds', 'in 4 minutes', false],
  ['in 5 s', '', false],
])('a screen that counts down: "%s", then "%s": %s', (before, now, isCountdown) => {
  expect(countsDown(['menu', before], ['menu', now])).toBe(isCountdown);
  expect(countsDown(['menu', before], ['other', now])).toBe(false);
});
