/**
 * Packer's names of keys (packer-plugin-sdk, bootcommand), lower case, as QEMU's QKeyCode names: the keys that QEMU
 * presses for the keysyms Packer sends through VNC. Hence Command and Option, which no PC has, are Alt, and `menu` is
 * the key QEMU calls `compose`.
 */
export const SPECIAL_KEYS: Readonly<Record<string, string>> = {
  bs: 'backspace',
  del: 'delete',
  down: 'down',
  end: 'end',
  enter: 'ret',
  esc: 'esc',
  home: 'home',
  insert: 'insert',
  left: 'left',
  leftalt: 'alt',
  leftcommand: 'alt',
  leftctrl: 'ctrl',
  leftoption: 'alt',
  leftshift: 'shift',
  leftsuper: 'meta_l',
  menu: 'compose',
  pagedown: 'pgdn',
  pageup: 'pgup',
  return: 'ret',
  right: 'right',
  rightalt: 'alt_r',
  rightcommand: 'alt_r',
  rightctrl: 'ctrl_r',
  rightoption: 'alt_r',
  rightshift: 'shift_r',
  rightsuper: 'meta_r',
  spacebar: 'spc',
  tab: 'tab',
  up: 'up',
  ...Object.fromEntries(Array.from({ length: 12 }, (_, nth) => [`f${nth + 1}`, `f${nth + 1}`])),
};
