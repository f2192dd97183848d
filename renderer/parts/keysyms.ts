/** X11 keysyms (keysymdef.h) of the keys on our buttons. */
const KEY = {
  control: 0xffe3,
  alt: 0xffe9,
  delete: 0xffff,
  escape: 0xff1b,
  tab: 0xff09,
  enter: 0xff0d,
  f1: 0xffbe,
  backspace: 0xff08,
  sysrq: 0xff61,
} as const;

const functionKey = (number: number): number => KEY.f1 + number - 1;

/** Chords that a browser or desktop would keep for itself. */
export const CHORDS: { name: string; keys: number[] }[] = [
  { name: 'Ctrl-Alt-Del', keys: [KEY.control, KEY.alt, KEY.delete] },
  { name: 'Ctrl-Alt-F1', keys: [KEY.control, KEY.alt, functionKey(1)] },
  { name: 'Ctrl-Alt-F2', keys: [KEY.control, KEY.alt, functionKey(2)] },
  { name: 'Ctrl-Alt-F3', keys: [KEY.control, KEY.alt, functionKey(3)] },
  { name: 'Ctrl-Alt-F4', keys: [KEY.control, KEY.alt, functionKey(4)] },
  { name: 'Alt-F2', keys: [KEY.alt, functionKey(2)] },
  { name: 'Alt-F4', keys: [KEY.alt, functionKey(4)] },
  { name: 'Alt-Tab', keys: [KEY.alt, KEY.tab] },
  { name: 'Esc', keys: [KEY.escape] },
  { name: 'F12', keys: [functionKey(12)] },
  { name: 'Alt-SysRq', keys: [KEY.alt, KEY.sysrq] },
];

const SPECIAL: Record<string, number> = { '\n': KEY.enter, '\t': KEY.tab, '\b': KEY.backspace };

/** A text as the keys that type it: Latin-1 as itself, the rest by its code point (X11, appendix A). */
export const keysymsOf = (text: string): number[] =>
  [...text.replaceAll('\r\n', '\n')].flatMap(character => {
    const special = SPECIAL[character];
    const code = character.codePointAt(0) ?? 0;
    if (special !== undefined) return [special];
    if (code < 0x20) return [];
    return [code < 0x100 ? code : 0x01000000 + code];
  });
