import { describe, expect, it } from 'vitest';
import { OwnTime, stolenMs } from '../../core/host/own-time.ts';

describe('the clock of what this host itself could do', () => {
  it('stands while its processors are taken away, and never goes back', () => {
    let wallMs = 1000;
    let takenMs = 70_000; // before it was begun
    const time = new OwnTime(
      () => wallMs,
      () => takenMs,
    );
    const seen = [time.now()];
    const pass = (ms: number, taken: number) => {
      wallMs += ms;
      takenMs += taken;
      time.look();
      seen.push(time.now());
    };
    pass(1000, 0);
    pass(10_000, 9000);
    expect(seen).toEqual([1000, 2000, 3000]);
    wallMs += 900;
    seen.push(time.now()); // nobody has looked yet
    pass(100, 950);
    pass(1000, 0);
    expect(seen.slice(3)).toEqual([3900, 3900, 4050]);
  });

  it('reads what the kernel tells', () => {
    expect(stolenMs()).toBeGreaterThanOrEqual(0);
    expect(stolenMs()).toBeLessThan(performance.timeOrigin + performance.now());
  });
});
