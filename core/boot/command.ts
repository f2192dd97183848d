import { GoldsmithError } from '../model/failure.ts';
import type { KeyAction } from '../model/key.ts';
import { type Keymap, keymap } from './keyboard.ts';
import { SPECIAL_KEYS } from './special-keys.ts';

const DEFAULT_TEXT_TIMEOUT_MS = 60_000;
/** Go's durations (time.ParseDuration) in ms. */
const UNITS_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
const DURATION = '[+-]?(?:[0-9]*\\.?[0-9]+(?:ns|us|µs|ms|s|m|h))+';

interface Token {
  pattern: RegExp;
  /** Undefined: not a token after all, so its first character is typed as it is. */
  read: (match: RegExpExecArray, keys: Keymap, at: number) => KeyAction[] | undefined;
}

/**
 * Packer's boot-command language (packer-plugin-sdk, `bootcommand/boot_command.pigeon`), tried in this order at each
 * `<`. Tokens know no case. `<wait "text">` and `<wait "text" 30s>` are ours: wait until the text is on the screen.
 */
const TOKENS: readonly Token[] = [
  { pattern: /<wait>/iy, read: () => [{ kind: 'wait', ms: 1000 }] },
  { pattern: /<wait([0-9]+)>/iy, read: (match, _keys, at) => [waitOf(Number(match[1]) * 1000, match[0], at)] },
  {
    pattern: new RegExp(`<wait(${DURATION})>`, 'iy'),
    read: (match, _keys, at) => [waitOf(durationMs(match[1] ?? ''), match[0], at)],
  },
  {
    pattern: new RegExp(`<wait(?:for)? +"([^"]+)"(?: +(${DURATION}))?>`, 'iy'),
    read: match => [
      {
        kind: 'wait-for-text',
        text: match[1] ?? '',
        timeoutMs: match[2] ? durationMs(match[2]) : DEFAULT_TEXT_TIMEOUT_MS,
      },
    ],
  },
  { pattern: /<([^<>]{2,})(on|off)>/iy, read: (match, keys) => held(match[1] ?? '', match[2] ?? '', keys) },
  { pattern: /<(.)(on|off)>/iuy, read: (match, keys) => held(match[1] ?? '', match[2] ?? '', keys) },
  { pattern: /<([a-z0-9]+)>/iy, read: match => special(match[1] ?? '') },
];

/**
 * A boot command, already rendered, as what the keyboard does. An unknown `<foo>` is typed character by character.
 * @throws GoldsmithError `bad-boot-command` with the position for a wait that is not positive, or a character that
 *   the keyboard lacks
 */
export function parseBootCommand(text: string, options: { keyboard?: string } = {}): KeyAction[] {
  const keys = keymap(options.keyboard ?? 'us');
  const actions: KeyAction[] = [];
  let at = 0;
  while (at < text.length) {
    const token = text[at] === '<' ? readToken(text, at, keys) : undefined;
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
    actions.push(...(token?.actions ?? typed(character, keys, at)));
    at += token?.length ?? character.length;
  }
  return actions;
}

function readToken(text: string, at: number, keys: Keymap): { actions: KeyAction[]; length: number } | undefined {
  for (const { pattern, read } of TOKENS) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    const actions = match ? read(match, keys, at) : undefined;
    if (match && actions) return { actions, length: match[0].length };
  }
  return undefined;
}

function waitOf(ms: number, token: string, at: number): KeyAction {
  if (ms > 0) return { kind: 'wait', ms };
  throw new GoldsmithError(
    'bad-boot-command',
    `${token} at character ${at + 1} of the boot command waits for no time.`,
    {
      hint: 'Give a wait more than zero, or leave it out.',
    },
  );
}

function durationMs(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1;
  const parts = [...text.toLowerCase().matchAll(/([0-9]*\.?[0-9]+)(ns|us|µs|ms|s|m|h)/g)];
  return sign * parts.reduce((sum, [, number, unit = '']) => sum + Number(number) * (UNITS_MS[unit] ?? 0), 0);
}

const press = (qcode: string): KeyAction[] => [
  { kind: 'key', qcode, down: true },
  { kind: 'key', qcode, down: false },
];

function special(name: string): KeyAction[] | undefined {
  const qcode = SPECIAL_KEYS[name.toLowerCase()];
  return qcode === undefined ? undefined : press(qcode);
}

/** `<leftCtrlOn>`, `<cOff>`: one event only, so a key can be held while others are typed. */
function held(name: string, state: string, keys: Keymap): KeyAction[] | undefined {
  const down = state.toLowerCase() === 'on';
  const specialKey = SPECIAL_KEYS[name.toLowerCase()];
  if (specialKey !== undefined) return [{ kind: 'key', qcode: specialKey, down }];
  const stroke = [...name].length === 1 ? keys.get(name) : undefined;
  if (!stroke) return undefined;
  const events: KeyAction[] = [{ kind: 'key', qcode: stroke.qcode, down }];
  if (stroke.modifier === undefined) return events;
  const modifier: KeyAction = { kind: 'key', qcode: stroke.modifier, down };
  return down ? [modifier, ...events] : [...events, modifier];
}

/** One character: modifier down, key down, key up, modifier up, as Packer presses them. */
function typed(character: string, keys: Keymap, at: number): KeyAction[] {
  const stroke = keys.get(character);
  if (!stroke) {
    throw new GoldsmithError(
      'bad-boot-command',
      `The keyboard has no key for "${character}" (character ${at + 1} of the boot command).`,
      {
        hint: "Choose the guest's keyboard with `keyboard:` in lab.yaml, or write the boot command without it.",
      },
    );
  }
  if (stroke.modifier === undefined) return press(stroke.qcode);
  return [
    { kind: 'key', qcode: stroke.modifier, down: true },
    ...press(stroke.qcode),
    { kind: 'key', qcode: stroke.modifier, down: false },
  ];
}
