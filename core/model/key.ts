/**
 * What typing a boot command comes to. `qcode` is QEMU's name of a key (QAPI `QKeyCode`): the position on the
 * keyboard, which the guest's keymap turns into a character.
 */
export type KeyAction =
  | { kind: 'key'; qcode: string; down: boolean }
  | { kind: 'wait'; ms: number }
  /** Wait until the text stands on the guest's screen (our addition to Packer's language). */
  | { kind: 'wait-for-text'; text: string; timeoutMs: number };
