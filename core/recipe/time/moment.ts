/** A point in time with the offset it is shown in. */
export interface Moment {
  /** Milliseconds since 1970, UTC. */
  epochMs: number;
  offsetMinutes: number;
}

const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2}):(\d{2})(\.\d+)?(?:Z|([+-])(\d{2}):(\d{2}))$/i;

/** Reads an RFC 3339 time; undefined when the text is none. */
export function parseMoment(text: string): Moment | undefined {
  const match = RFC3339.exec(text);
  if (!match) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const offset = match[8] ? (match[8] === '-' ? -1 : 1) * (Number(match[9]) * 60 + Number(match[10])) : 0;
  const local = Date.UTC(year, month - 1, day, hour, minute, second, Math.trunc(Number(match[7] ?? 0) * 1000));
  const back = new Date(local);
  const isReal =
    back.getUTCMonth() === month - 1 && back.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  return isReal ? { epochMs: local - offset * 60_000, offsetMinutes: offset } : undefined;
}

/** The calendar fields of a moment, in its own offset. */
export const localFields = (moment: Moment): Date => new Date(moment.epochMs + moment.offsetMinutes * 60_000);

const two = (value: number): string => String(value).padStart(2, '0');

/** `+02:00` or, without colon, `+0200`. */
export function offsetText(moment: Moment, separator: ':' | ''): string {
  const minutes = Math.abs(moment.offsetMinutes);
  return `${moment.offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${separator}${two(minutes % 60)}`;
}

/** RFC 3339 to the second, as Go's `time.RFC3339`. */
export function rfc3339(moment: Moment): string {
  const zone = moment.offsetMinutes === 0 ? 'Z' : offsetText(moment, ':');
  return (
    localFields(moment)
      .toISOString()
      .replace(/\.\d+Z$/, '') + zone
  );
}

export const utcMoment = (date: Date): Moment => ({ epochMs: date.getTime(), offsetMinutes: 0 });

const DAY_MS = 86_400_000;

/** Counted from 1. */
export const dayOfYear = (fields: Date): number =>
  Math.floor(
    (Date.UTC(fields.getUTCFullYear(), fields.getUTCMonth(), fields.getUTCDate()) -
      Date.UTC(fields.getUTCFullYear(), 0, 1)) /
      DAY_MS,
  ) + 1;

/** Year and week of ISO 8601. */
export function isoWeek(fields: Date): { year: number; week: number } {
  const thursday = new Date(fields.getTime() + (4 - (fields.getUTCDay() || 7)) * DAY_MS);
  return { year: thursday.getUTCFullYear(), week: Math.floor((dayOfYear(thursday) - 1) / 7) + 1 };
}
