/**
 * Linux key codes (linux/input-event-codes.h) of QEMU's QKeyCode names: what libvirt is told to press. One of them for
 * every key that a boot command can name.
 */
const ROWS: readonly [first: number, qcodes: string][] = [
  [1, 'esc 1 2 3 4 5 6 7 8 9 0 minus equal backspace'],
  [15, 'tab q w e r t y u i o p bracket_left bracket_right ret'],
  [29, 'ctrl a s d f g h j k l semicolon apostrophe grave_accent'],
  [42, 'shift backslash z x c v b n m comma dot slash shift_r'],
  [56, 'alt spc'],
  [59, 'f1 f2 f3 f4 f5 f6 f7 f8 f9 f10'],
  [86, 'less f11 f12 ro'],
  [97, 'ctrl_r'],
  [100, 'alt_r'],
  [102, 'home up pgup left right end down pgdn insert delete'],
  [124, 'yen meta_l meta_r compose'],
];

export const LINUX_KEYS: ReadonlyMap<string, number> = new Map(
  ROWS.flatMap(([first, qcodes]) => qcodes.split(' ').map((qcode, nth) => [qcode, first + nth] as const)),
);
