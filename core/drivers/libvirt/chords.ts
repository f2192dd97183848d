import { LINUX_KEYS } from '../../boot/linux-keys.ts';
import { GoldsmithError } from '../../model/failure.ts';
import type { KeyAction } from '../../model/key.ts';

/** Keys pressed together, or something to wait for: libvirt presses and releases in one call. */
export type Chord = { kind: 'keys'; codes: number[] } | Exclude<KeyAction, { kind: 'key' }>;

/** Keys that do something only together with others. */
const MODIFIERS: ReadonlySet<string> = new Set([
  'shift',
  'shift_r',
  'ctrl',
  'ctrl_r',
  'alt',
  'alt_r',
  'meta_l',
  'meta_r',
]);

/**
 * Presses and releases as chords: a key goes down with all that are held at that moment. A modifier that was held for
 * no other key is a chord of its own. A key that is held across a wait is pressed before it.
 */
export function chordsOf(actions: readonly KeyAction[]): Chord[] {
  const held: string[] = [];
  const chords: Chord[] = [];
  let isModifierUsed = true;
  for (const action of actions) {
    if (action.kind !== 'key') chords.push(action);
    else if (action.down) {
      held.push(action.qcode);
      isModifierUsed = !MODIFIERS.has(action.qcode);
      if (isModifierUsed) chords.push({ kind: 'keys', codes: held.map(codeOf) });
    } else {
      if (MODIFIERS.has(action.qcode) && !isModifierUsed) chords.push({ kind: 'keys', codes: held.map(codeOf) });
      isModifierUsed ||= MODIFIERS.has(action.qcode);
      const at = held.lastIndexOf(action.qcode);
      if (at >= 0) held.splice(at, 1);
    }
  }
  return chords;
}

function codeOf(qcode: string): number {
  const code = LINUX_KEYS.get(qcode);
  if (code !== undefined) return code;
  throw new GoldsmithError('bad-boot-command', `libvirt has no key "${qcode}".`);
}
