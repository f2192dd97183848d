import { GoldsmithError } from '../model/failure.ts';
import { nearest } from '../model/nearest.ts';
import { LAYOUTS, type Layout, POSITIONS } from './layouts.ts';

/** Which key to press for a character, and with which modifier held. QEMU's QKeyCode names. */
export interface KeyStroke {
  qcode: string;
  modifier?: 'shift' | 'alt_r';
}

/** A character to the strokes that give it: one, or a dead key and the space bar. */
export type Keymap = ReadonlyMap<string, readonly KeyStroke[]>;

/** Names that `keymap` takes. */
export const KEYBOARDS: readonly string[] = Object.keys(LAYOUTS);

const LEVELS = [
  ['plain', undefined],
  ['shift', 'shift'],
  ['altGr', 'alt_r'],
] as const;

/** Missing on boards of 104 keys, whose layouts have its characters on other keys too. */
const KEY_105 = 'less';

const keymaps = new Map<string, Keymap>();

/** @throws GoldsmithError `bad-boot-command` for a layout that is not in the table */
export function keymap(name: string): Keymap {
  const layout = Object.hasOwn(LAYOUTS, name) ? LAYOUTS[name] : undefined;
  if (!layout) throw unknownKeyboard(name);
  const known = keymaps.get(name) ?? strokesOf(layout);
  keymaps.set(name, known);
  return known;
}

function strokesOf(layout: Layout): Keymap {
  const strokes = new Map<string, readonly KeyStroke[]>([[' ', [{ qcode: 'spc' }]]]);
  for (const [character, stroke] of byPreference(levelStrokes(layout))) {
    if (!strokes.has(character)) strokes.set(character, [stroke]);
  }
  for (const [character, key] of Object.entries(layout.dead ?? {})) {
    strokes.set(character, [deadStroke(key), { qcode: 'spc' }]);
  }
  return strokes;
}

function levelStrokes(layout: Layout): [character: string, KeyStroke][] {
  return LEVELS.flatMap(([level, modifier]) =>
    (layout[level] ?? []).flatMap((row, nth) => {
      const qcodes = (POSITIONS[nth] ?? '').split(' ');
      return [...row].flatMap((character, column): [string, KeyStroke][] => {
        const qcode = qcodes[column];
        if (character === ' ' || qcode === undefined) return [];
        return [[character, modifier === undefined ? { qcode } : { qcode, modifier }]];
      });
    }),
  );
}

/** Without AltGr before with it, keys that every board has before the 105th, without Shift before with it. */
const byPreference = (strokes: [string, KeyStroke][]): [string, KeyStroke][] => {
  const effort = ({ qcode, modifier }: KeyStroke): number =>
    (modifier === 'alt_r' ? 4 : 0) + (qcode === KEY_105 ? 2 : 0) + (modifier === undefined ? 0 : 1);
  return strokes.toSorted(([, one], [, other]) => effort(one) - effort(other));
};

function deadStroke(key: string): KeyStroke {
  const [qcode = '', modifier] = key.split(' ').reverse();
  return modifier === 'shift' || modifier === 'alt_r' ? { qcode, modifier } : { qcode };
}

function unknownKeyboard(name: string): GoldsmithError {
  const near = nearest(name, KEYBOARDS);
  return new GoldsmithError('bad-boot-command', `The keyboard ${JSON.stringify(name)} is not known.`, {
    hint: `${near ? `Did you mean ${near}? ` : ''}Known: ${KEYBOARDS.join(', ')}.`,
  });
}
