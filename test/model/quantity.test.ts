import { describe, expect, it } from 'vitest';
import { nearest } from '../../core/model/nearest.ts';
import { formatBytes, formatMs, parseDuration, parseMiB } from '../../core/model/quantity.ts';

it.each([
  ['90s', 90_000],
  ['1h30m', 5_400_000],
  ['1.5h', 5_400_000],
  ['500ms', 500],
  ['7d', 604_800_000],
  ['0s', undefined],
  ['30', undefined],
  ['-1s', undefined],
  ['1 h', undefined],
  ['', undefined],
  ['5m3', undefined],
])('parseDuration(%j)', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

it.each([
  ['2G', 2048],
  ['2GiB', 2048],
  ['1536M', 1536],
  ['1536', 1536],
  ['0.5g', 512],
  ['1T', 1_048_576],
  ['0', undefined],
  ['1.3', undefined],
  ['lots', undefined],
  ['-1', undefined],
])('parseMiB(%j)', (text, mib) => {
  expect(parseMiB(text)).toBe(mib);
});

describe('for people', () => {
  it.each([
    [0, '0.0 s'],
    [1999, '1.9 s'],
    [42_400, '42 s'],
    [59_700, '1 min 00 s'],
    [187_000, '3 min 07 s'],
    [3_599_900, '1 h 00 min'],
    [3_720_000, '1 h 02 min'],
  ])('formatMs(%d)', (ms, text) => {
    expect(formatMs(ms)).toBe(text);
  });

  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1536, '1.5 KiB'],
    [104_857_600, '100 MiB'],
    [12_884_901_888, '12.0 GiB'],
  ])('formatBytes(%d)', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

it.each([
  ['memroy', 'memory'],
  ['MEMORY', 'memory'],
  ['buidl', 'build'],
  ['cpu', 'cpus'],
  ['zzz', undefined],
  ['', undefined],
])('nearest(%j)', (word, known) => {
  expect(nearest(word, ['memory', 'build', 'cpus', 'a-much-longer-word'])).toBe(known);
});
