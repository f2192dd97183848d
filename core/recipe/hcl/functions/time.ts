import { parseDurationMs } from '../../time/duration.ts';
import { formatDate, goLayout, MONTHS, strftime, WEEKDAYS } from '../../time/layouts.ts';
import { dayOfYear, isoWeek, localFields, type Moment, parseMoment, rfc3339, utcMoment } from '../../time/moment.ts';
import type { HclFunction } from '../function-call.ts';
import { objectValue, textValue, type Value } from '../value.ts';
import { asText, asWhole, bad, define, type FunctionContext, number, onTexts, text, whole } from './define.ts';

/** Packer's functions of time; all of one reading see the same moment. */
export function timeFunctions(context: FunctionContext): Record<string, HclFunction> {
  const now = utcMoment(context.now);
  return {
    timestamp: define([], () => textValue(rfc3339(now))),
    formatdate: onTexts(['format', 'time'], formatted),
    timeadd: onTexts(['timestamp', 'duration'], added),
    legacy_isotime: define(
      [],
      values => textValue(legacy(values, layout => goLayout(layout, now), now)),
      text('format'),
    ),
    legacy_strftime: define(
      [],
      values => textValue(legacy(values, layout => strftime(layout, now), now)),
      text('format'),
    ),
    rfc3339_parse: define([text('timestamp')], ([timestamp]) => objectValue(parts(momentOf(asText(timestamp))))),
    unix_timestamp_parse: define([number('unix_timestamp')], ([seconds]) => fromUnix(asWhole(seconds))),
  };
}

function momentOf(value: string): Moment {
  const moment = parseMoment(value);
  if (!moment) throw bad(`${JSON.stringify(value)} is no time`, 'A time is written as 2026-01-31T12:00:00Z.');
  return moment;
}

function formatted(layout: string, time: string): string {
  const result = formatDate(layout, momentOf(time));
  if ('text' in result) return result.text;
  throw bad(
    `${JSON.stringify(result.unknown)} is no part of a date format`,
    "Known: YYYY MM DD hh mm ss and so on; other text stands in '...'.",
  );
}

function added(timestamp: string, duration: string): string {
  const moment = momentOf(timestamp);
  const ms = parseDurationMs(duration);
  if (ms === undefined) throw bad(`${JSON.stringify(duration)} is no duration such as 1h30m`);
  return rfc3339({ ...moment, epochMs: moment.epochMs + ms });
}

function legacy(values: Value[], format: (layout: string) => string, now: Moment): string {
  if (values.length > 1) throw bad('at most one format is possible');
  return values[0] ? format(asText(values[0])) : rfc3339(now);
}

function parts(moment: Moment): [string, Value][] {
  const fields = localFields(moment);
  const week = isoWeek(fields);
  return [
    ['year', whole(fields.getUTCFullYear())],
    ['year_day', whole(dayOfYear(fields))],
    ['day', whole(fields.getUTCDate())],
    ['month', whole(fields.getUTCMonth() + 1)],
    ['month_name', textValue(MONTHS[fields.getUTCMonth()] ?? '')],
    ['weekday', whole(fields.getUTCDay())],
    ['weekday_name', textValue(WEEKDAYS[fields.getUTCDay()] ?? '')],
    ['hour', whole(fields.getUTCHours())],
    ['minute', whole(fields.getUTCMinutes())],
    ['second', whole(fields.getUTCSeconds())],
    ['unix', whole(Math.floor(moment.epochMs / 1000))],
    ['iso_year', whole(week.year)],
    ['iso_week', whole(week.week)],
  ];
}

function fromUnix(seconds: number): Value {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) throw bad(`${seconds} seconds are out of range`);
  const moment = utcMoment(date);
  return objectValue([...parts(moment).filter(([name]) => name !== 'unix'), ['rfc3339', textValue(rfc3339(moment))]]);
}
