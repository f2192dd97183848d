import { GoldsmithError } from '../model/failure.ts';

/** Units of Go's time.ParseDuration in ms. */
const UNITS_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
const PART = '(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:ns|us|µs|ms|s|m|h)';

/** The text of a wait, for use in a larger pattern: whole seconds (`5`), or Go's durations (`300ms`, `1m20s`, `1.5h`). */
export const WAIT_TIME = `[+-]?(?:(?:${PART})+|[0-9]+)`;

/**
 * A text of `WAIT_TIME` in ms, more than zero.
 * @throws GoldsmithError `bad-boot-command` for zero, a negative time or one too long for a timer (24 days)
 */
export function waitMs(text: string, token: string, position: number): number {
  const unsigned = text.replace(/^[+-]/, '').toLowerCase();
  const parts = [...unsigned.matchAll(/([0-9.]+)(ns|us|µs|ms|s|m|h)/g)];
  const size = /^[0-9]+$/.test(unsigned)
    ? Number(unsigned) * 1000
    : parts.reduce((sum, [, number, unit = '']) => sum + Number(number) * (UNITS_MS[unit] ?? 0), 0);
  const ms = text.startsWith('-') ? -size : size;
  if (ms > 0 && ms < 2 ** 31) return ms;
  const why = ms > 0 ? 'is longer than 24 days' : 'must be longer than zero';
  throw new GoldsmithError(
    'bad-boot-command',
    `The wait ${token} at character ${position} of the boot command ${why}.`,
    {
      hint: 'Write for example <wait>, <wait5>, <wait300ms> or <wait1m20s>.',
      details: { position, token },
    },
  );
}
