import { GoldsmithError } from '../model/failure.ts';
import { nearest } from '../model/nearest.ts';

/** Which key to press for a character, and with which modifier held. */
export interface KeyStroke {
  qcode: string;
  modifier?: 'shift' | 'alt_r';
}

/**
 * The printing keys in the order of a PC keyboard's rows, by QEMU's QKeyCode names (positions, named after the US
 * layout). `less` is the key that only 105-key boards have, left of Z.
 */
const POSITIONS = [
  'grave_accent 1 2 3 4 5 6 7 8 9 0 minus equal',
  'q w e r t y u i o p bracket_left bracket_right backslash',
  'a s d f g h j k l semicolon apostrophe',
  'less z x c v b n m comma dot slash',
]
  .join(' ')
  .split(' ');

interface Layout {
  /** One character for each of POSITIONS; a space where the key gives none (or a dead one). */
  plain: string;
  shift: string;
  /** Third level, with AltGr held. */
  altGr?: string;
}

/**
 * Characters by position. Source: the symbols files of xkeyboard-config (us, gb, de, fr, es, it, ch(de), se, dvorak),
 * which console-setup compiles the Linux console's keymaps from. Dead keys are left out: nothing comes of one alone.
 */
const LAYOUTS: Readonly<Record<string, Layout>> = {
  us: {
    plain: '`1234567890-=' + 'qwertyuiop[]\\' + "asdfghjkl;'" + '<zxcvbnm,./',
    shift: '~!@#$%^&*()_+' + 'QWERTYUIOP{}|' + 'ASDFGHJKL:"' + '>ZXCVBNM<>?',
  },
  gb: {
    plain: '`1234567890-=' + 'qwertyuiop[]#' + "asdfghjkl;'" + '\\zxcvbnm,./',
    shift: '¬!"£$%^&*()_+' + 'QWERTYUIOP{}~' + 'ASDFGHJKL:@' + '|ZXCVBNM<>?',
  },
  de: {
    plain: ' 1234567890ß ' + 'qwertzuiopü+#' + 'asdfghjklöä' + '<yxcvbnm,.-',
    shift: '°!"§$%&/()=? ' + "QWERTZUIOPÜ*'" + 'ASDFGHJKLÖÄ' + '>YXCVBNM;:_',
    altGr: '   ³   {[]}\\ ' + '@          ~ ' + '           ' + '|          ',
  },
  ch: {
    plain: "§1234567890' " + 'qwertzuiopü $' + 'asdfghjklöä' + '<yxcvbnm,.-',
    shift: '°+"*ç%&/()=? ' + 'QWERTZUIOPè!£' + 'ASDFGHJKLéà' + '>YXCVBNM;:_',
    altGr: '  @#   |¢    ' + '          [] ' + '          {' + '\\          ',
  },
  fr: {
    plain: '²&é"\'(-è_çà)=' + 'azertyuiop $*' + 'qsdfghjklmù' + '<wxcvbn,;:!',
    shift: ' 1234567890°+' + 'AZERTYUIOP £µ' + 'QSDFGHJKLM%' + '>WXCVBN?./§',
    altGr: '  ~#{[|`\\^@]}' + '             ' + '           ' + '           ',
  },
  es: {
    plain: "º1234567890'¡" + 'qwertyuiop +ç' + 'asdfghjklñ ' + '<zxcvbnm,.-',
    shift: 'ª!"·$%&/()=?¿' + 'QWERTYUIOP *Ç' + 'ASDFGHJKLÑ ' + '>ZXCVBNM;:_',
    altGr: '\\|@#~€¬      ' + '          []}' + '          {' + '           ',
  },
  it: {
    plain: "\\1234567890'ì" + 'qwertyuiopè+ù' + 'asdfghjklòà' + '<zxcvbnm,.-',
    shift: '|!"£$%&/()=?^' + 'QWERTYUIOPé*§' + 'ASDFGHJKLç°' + '>ZXCVBNM;:_',
    altGr: '          }`~' + '          [] ' + '         @#' + '           ',
  },
  se: {
    plain: '§1234567890+ ' + "qwertyuiopå '" + 'asdfghjklöä' + '<zxcvbnm,.-',
    shift: '½!"#¤%&/()=? ' + 'QWERTYUIOPÅ *' + 'ASDFGHJKLÖÄ' + '>ZXCVBNM;:_',
    altGr: '  @£$€ {[]}\\ ' + '             ' + '           ' + '|          ',
  },
  dvorak: {
    plain: '`1234567890[]' + "',.pyfgcrl/=\\" + 'aoeuidhtns-' + '<;qjkxbmwvz',
    shift: '~!@#$%^&*(){}' + '"<>PYFGCRL?+|' + 'AOEUIDHTNS_' + '>:QJKXBMWVZ',
  },
};

export const KEYBOARDS: readonly string[] = Object.keys(LAYOUTS);

/** Keys that give the same character on every keyboard. */
const COMMON: readonly (readonly [string, KeyStroke])[] = [
  [' ', { qcode: 'spc' }],
  ['\n', { qcode: 'ret' }],
  ['\t', { qcode: 'tab' }],
];

const MODIFIERS = [
  ['plain', undefined],
  ['shift', 'shift'],
  ['altGr', 'alt_r'],
] as const;

/** A character to its key stroke. Where two keys give one, the first without a modifier wins. */
export type Keymap = ReadonlyMap<string, KeyStroke>;

/** @throws GoldsmithError `bad-boot-command` for a layout that is not in the table */
export function keymap(name: string): Keymap {
  const layout = LAYOUTS[name];
  if (!layout) {
    const near = nearest(name, KEYBOARDS);
    throw new GoldsmithError('bad-boot-command', `The keyboard "${name}" is not known.`, {
      hint: near ? `Did you mean ${near}?` : `Known keyboards: ${KEYBOARDS.join(', ')}.`,
    });
  }
  const strokes = new Map<string, KeyStroke>(COMMON);
  for (const [level, modifier] of MODIFIERS) {
    const characters = [...(layout[level] ?? '')];
    for (const [nth, qcode] of POSITIONS.entries()) {
      const character = characters[nth] ?? ' ';
      if (character === ' ' || strokes.has(character)) continue;
      strokes.set(character, modifier === undefined ? { qcode } : { qcode, modifier });
    }
  }
  return preferUsual(name, strokes);
}

/** `<` and `>` of the US layout are on comma and dot; the 105th key is missing on US boards. */
function preferUsual(name: string, strokes: Map<string, KeyStroke>): Keymap {
  if (name === 'us') {
    strokes.set('<', { qcode: 'comma', modifier: 'shift' });
    strokes.set('>', { qcode: 'dot', modifier: 'shift' });
  }
  if (name === 'dvorak') {
    strokes.set('<', { qcode: 'w', modifier: 'shift' });
    strokes.set('>', { qcode: 'e', modifier: 'shift' });
  }
  return strokes;
}
