import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { KEYBOARDS, keymap } from '../../core/boot/keyboard.ts';
import { LAYOUTS, POSITIONS } from '../../core/boot/layouts.ts';

/** QKeyCode of each Linux keycode in the fixture (linux/input-event-codes.h, QEMU's ui/input-linux). */
const QCODES: Record<number, string> = Object.fromEntries([
  ...[...'1234567890'].map((digit, nth) => [2 + nth, digit]),
  ...[...'qwertyuiop'].map((letter, nth) => [16 + nth, letter]),
  ...[...'asdfghjkl'].map((letter, nth) => [30 + nth, letter]),
  ...[...'zxcvbnm'].map((letter, nth) => [44 + nth, letter]),
  [12, 'minus'],
  [13, 'equal'],
  [26, 'bracket_left'],
  [27, 'bracket_right'],
  [39, 'semicolon'],
  [40, 'apostrophe'],
  [41, 'grave_accent'],
  [43, 'backslash'],
  [51, 'comma'],
  [52, 'dot'],
  [53, 'slash'],
  [86, 'less'],
  [89, 'ro'],
  [124, 'yen'],
]);
const DEAD: Record<string, string> = { '`': 'dead_grave', '^': 'dead_circumflex', '~': 'dead_tilde' };

const asCharacter = (symbol: string | undefined): string =>
  symbol?.startsWith('U+') ? String.fromCodePoint(Number.parseInt(symbol.slice(2), 16)) : (symbol ?? '');

/** For one layout: what XKB says a key gives, by qcode: plain, with Shift, with AltGr. */
function xkb(layout: string): Map<string, string[]> {
  const lines = readFileSync(new URL('../fixtures/boot/keyboards.txt', import.meta.url), 'utf8').split('\n');
  const rows = lines.map(line => line.split(' ')).filter(([name]) => name === layout);
  return new Map(rows.map(([, keycode, ...symbols]) => [QCODES[Number(keycode)] ?? '?', symbols.map(asCharacter)]));
}

const LEVEL = { none: 0, shift: 1, alt_r: 2 } as const;
const PRINTABLE = Array.from({ length: 95 }, (_, nth) => String.fromCharCode(32 + nth));

describe.each(KEYBOARDS)('%s', name => {
  const source = xkb(name);

  test('every stroke gives its character by XKB', () => {
    expect(source.size).toBeGreaterThanOrEqual(48);
    for (const [character, strokes] of keymap(name)) {
      const [first] = strokes;
      if (character === ' ' || first === undefined) continue;
      const wanted = strokes.length === 1 ? character : DEAD[character];
      expect([character, source.get(first.qcode)?.[LEVEL[first.modifier ?? 'none']]]).toEqual([character, wanted]);
    }
  });

  test('all printable ASCII can be typed, and every letter of its own', () => {
    const keys = keymap(name);
    expect(PRINTABLE.filter(character => !keys.has(character))).toEqual([]);
    const letters = [...source.values()]
      .flatMap(levels => levels.slice(0, 2))
      .filter(symbol => /^\p{L}$/u.test(symbol));
    expect(letters.filter(letter => !keys.has(letter))).toEqual([]);
  });

  test('rows are not longer than the keyboard', () => {
    const { plain, shift, altGr } = LAYOUTS[name] ?? {};
    for (const rows of [plain, shift, altGr]) {
      for (const [nth, row] of (rows ?? []).entries()) {
        expect([...row].length).toBeLessThanOrEqual((POSITIONS[nth] ?? '').split(' ').length);
      }
    }
  });
});

test('the keyboard of Packer is the US one, with its brackets on comma and dot', () => {
  const us = keymap('us');
  expect([us.get('<'), us.get('>'), us.get('|')]).toEqual([
    [{ qcode: 'comma', modifier: 'shift' }],
    [{ qcode: 'dot', modifier: 'shift' }],
    [{ qcode: 'backslash', modifier: 'shift' }],
  ]);
});
