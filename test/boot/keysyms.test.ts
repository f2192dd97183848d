import { expect, test } from 'vitest';
import { KEYBOARDS, keymap } from '../../core/boot/keyboard.ts';
import { keysymOf } from '../../core/boot/keysyms.ts';
import { SPECIAL_KEYS } from '../../core/boot/special-keys.ts';

test('every special key has a keysym, those of Packer', () => {
  for (const qcode of Object.values(SPECIAL_KEYS))
    expect([qcode, keysymOf(qcode)]).toEqual([qcode, expect.any(Number)]);
  expect(['f1', 'f12', 'esc', 'alt_r', 'meta_l', 'compose'].map(qcode => keysymOf(qcode))).toEqual([
    0xffbe, 0xffc9, 0xff1b, 0xffea, 0xffeb, 0xff67,
  ]);
});

test('on the US keyboard a stroke sends the code of its character', () => {
  for (const [character, [stroke]] of keymap('us')) {
    const keysym = stroke && keysymOf(stroke.qcode, stroke.modifier === 'shift');
    if (stroke?.modifier !== 'alt_r') expect([character, keysym]).toEqual([character, character.codePointAt(0)]);
  }
});

test('only the keys that a US keyboard lacks have none', () => {
  const qcodes = KEYBOARDS.flatMap(name => [...keymap(name).values()].flat().map(stroke => stroke.qcode));
  expect([...new Set(qcodes)].filter(qcode => keysymOf(qcode) === undefined).sort()).toEqual(['ro', 'yen']);
});
