import { LAYOUTS, POSITIONS } from './layouts.ts';

/** Keys that print nothing: X11's keysymdef.h, the values Packer sends through VNC. */
const FUNCTION_KEYS: Readonly<Record<string, number>> = {
  spc: 0x20,
  backspace: 0xff08,
  tab: 0xff09,
  ret: 0xff0d,
  esc: 0xff1b,
  home: 0xff50,
  left: 0xff51,
  up: 0xff52,
  right: 0xff53,
  down: 0xff54,
  pgup: 0xff55,
  pgdn: 0xff56,
  end: 0xff57,
  insert: 0xff63,
  compose: 0xff67,
  shift: 0xffe1,
  shift_r: 0xffe2,
  ctrl: 0xffe3,
  ctrl_r: 0xffe4,
  alt: 0xffe9,
  alt_r: 0xffea,
  meta_l: 0xffeb,
  meta_r: 0xffec,
  delete: 0xffff,
  ...Object.fromEntries(Array.from({ length: 12 }, (_, nth) => [`f${nth + 1}`, 0xffbe + nth])),
};

/** Up to U+00FF a keysym is the character's own code. */
const PRINTING_KEYS = printingKeys();

function printingKeys(): Map<string, { plain: number; shifted: number }> {
  const us = LAYOUTS['us'];
  const pairs = POSITIONS.flatMap((row, nth) =>
    row.split(' ').flatMap((qcode, column) => {
      const plain = us?.plain[nth]?.codePointAt(column);
      const shifted = us?.shift[nth]?.codePointAt(column);
      return plain === undefined || shifted === undefined ? [] : [[qcode, { plain, shifted }] as const];
    }),
  );
  return new Map(pairs);
}

/**
 * The X11 keysym that makes a VNC server with a US keymap (QEMU's without `-k`, which Packer relies on too) press the
 * key of this QKeyCode. A server finds the key by what it gives, so say whether Shift is held. Undefined for the keys
 * that no US keyboard has (`yen`, `ro`): type those through QMP.
 */
export function keysymOf(qcode: string, isShifted = false): number | undefined {
  if (Object.hasOwn(FUNCTION_KEYS, qcode)) return FUNCTION_KEYS[qcode];
  const key = PRINTING_KEYS.get(qcode);
  return isShifted ? key?.shifted : key?.plain;
}
