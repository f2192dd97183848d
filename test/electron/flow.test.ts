import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Inflow } from '../../electron/ipc/inflow.ts';
import { Outflow } from '../../electron/ipc/outflow.ts';
import { WINDOW_BYTES } from '../../electron/ipc/wire.ts';

const pieces = fc.array(fc.integer({ min: 1, max: 3 * WINDOW_BYTES }), { minLength: 1, maxLength: 12 });

/** Carries pieces from one side to the other, one arrival at a time. */
function carry(lengths: number[]): { arrived: number; mostUnderWay: number; credits: number } {
  const underWay: Uint8Array[] = [];
  const told = { arrived: 0, mostUnderWay: 0, credits: 0 };
  const outflow = new Outflow(
    piece => underWay.push(piece),
    () => {},
  );
  const inflow = new Inflow(bytes => {
    told.credits++;
    outflow.grant(bytes);
  });
  for (const length of lengths) outflow.write(new Uint8Array(length));
  for (let piece = underWay[0]; piece !== undefined; piece = underWay[0]) {
    told.mostUnderWay = Math.max(
      told.mostUnderWay,
      underWay.reduce((sum, one) => sum + one.length, 0),
    );
    underWay.shift();
    told.arrived += piece.length;
    inflow.took(piece.length);
  }
  return told;
}

it('brings everything over, never more than a window ahead, and tells of room a few times in each window', () => {
  fc.assert(
    fc.property(pieces, lengths => {
      const whole = lengths.reduce((sum, length) => sum + length, 0);
      const { arrived, mostUnderWay, credits } = carry(lengths);
      expect(arrived).toBe(whole);
      expect(mostUnderWay).toBeLessThanOrEqual(WINDOW_BYTES);
      expect(credits).toBeLessThanOrEqual((4 * whole) / WINDOW_BYTES);
    }),
  );
});
