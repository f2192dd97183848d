import { GoldsmithError } from '../model/failure.ts';
import type { KeyAction } from '../model/key.ts';
import { WAIT_TIME, waitMs } from './duration.ts';
import { type Keymap, type KeyStroke, keymap } from './keyboard.ts';
import { SPECIAL_KEYS } from './special-keys.ts';

const DEFAULT_TEXT_TIMEOUT_MS = 60_000;

interface Context {
  keys: Keymap;
  keyboard: string;
  /** Where the token or character begins, counted from 1 in UTF-16 units. */
  position: number;
}

interface Token {
  pattern: RegExp;
  /** Undefined: no token after all; its characters are typed as they stand. */
  read: (match: RegExpExecArray, context: Context) => KeyAction[] | undefined;
}

/**
 * Packer's boot-command language (packer-plugin-sdk, `bootcommand/boot_command.pigeon`), tried in this order at each
 * `<`. Ours are `<wait "text">`, `<waitFor 'text' 30s>`: go on once the text stands on the screen, 60 s at most if no
 * time is given; and that waits, too, may be written in upper case.
 */
const TOKENS: readonly Token[] = [
  { pattern: /<wait>/iy, read: () => [{ kind: 'wait', ms: 1000 }] },
  { pattern: new RegExp(`<wait(${WAIT_TIME})>`, 'iy'), read: readWait },
  {
    pattern: new RegExp(`<wait(?:for)? +(?:"([^"]+)"|'([^']+)')(?: +(${WAIT_TIME}))? *>`, 'iy'),
    read: readWaitForText,
  },
  { pattern: /<(.)(on|off)>/isuy, read: readHeldCharacter },
  { pattern: /<([a-z0-9]+?)(on|off)?>/iy, read: readSpecial },
];

/**
 * A boot command whose variables are filled in already, as what the keyboard does. An unknown `<foo>` is typed as it
 * stands. Line breaks and other control characters are not typed: Packer sends them as keysyms that QEMU's VNC server
 * has no key for, so a here-document with one step a line works.
 * @throws GoldsmithError `bad-boot-command`, with `details.position`, for a wait that is not positive, a character
 *   that the keyboard lacks, or an unknown keyboard
 */
export function parseBootCommand(text: string, options: { keyboard?: string } = {}): KeyAction[] {
  const keyboard = options.keyboard ?? 'us';
  const keys = keymap(keyboard);
  const actions: KeyAction[] = [];
  let at = 0;
  while (at < text.length) {
    const context = { keys, keyboard, position: at + 1 };
    const token = text[at] === '<' ? readToken(text, at, context) : undefined;
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
    for (const action of token?.actions ?? typed(character, context)) actions.push(action);
    at += token?.length ?? character.length;
  }
  return actions;
}

/** Whether the whole text is one token that Packer or we know; otherwise it would be typed as it stands. */
export function isToken(text: string): boolean {
  const token = text.startsWith('<')
    ? readToken(text, 0, { keys: keymap('us'), keyboard: 'us', position: 1 })
    : undefined;
  return token?.length === text.length;
}

function readToken(text: string, at: number, context: Context): { actions: KeyAction[]; length: number } | undefined {
  for (const { pattern, read } of TOKENS) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    const actions = match ? read(match, context) : undefined;
    if (match && actions) return { actions, length: match[0].length };
  }
  return undefined;
}

function readWait([token, time = '']: RegExpExecArray, { position }: Context): KeyAction[] {
  return [{ kind: 'wait', ms: waitMs(time, token, position) }];
}

function readWaitForText([token, double, single, time]: RegExpExecArray, { position }: Context): KeyAction[] {
  const timeoutMs = time === undefined ? DEFAULT_TEXT_TIMEOUT_MS : waitMs(time, token, position);
  return [{ kind: 'wait-for-text', text: double ?? single ?? '', timeoutMs }];
}

/** `<enter>`, `<leftCtrlOn>`. A name may itself end in "on": `<leftOption>` is a key, so the whole is tried first. */
function readSpecial([token, name = '', state]: RegExpExecArray): KeyAction[] | undefined {
  const whole = specialKey(token.slice(1, -1));
  if (whole !== undefined) return press({ qcode: whole });
  const qcode = specialKey(name);
  return qcode === undefined || state === undefined ? undefined : [{ kind: 'key', qcode, down: isOn(state) }];
}

/** `<cOn>` ... `<cOff>`: a character's key held, with its modifier, while others are typed. */
function readHeldCharacter([, character = '', state = '']: RegExpExecArray, context: Context): KeyAction[] {
  const [stroke, ...more] = strokesOf(character, context);
  if (stroke === undefined || more.length > 0) throw unholdable(character, context);
  const events = hold(stroke);
  // Packer lets the modifier go first here, other than after a character that is typed.
  return isOn(state) ? events : events.map(event => ({ ...event, down: false }));
}

const specialKey = (name: string): string | undefined => {
  const known = name.toLowerCase();
  return Object.hasOwn(SPECIAL_KEYS, known) ? SPECIAL_KEYS[known] : undefined;
};

const isOn = (state: string): boolean => state.toLowerCase() === 'on';

const typed = (character: string, context: Context): KeyAction[] =>
  character < ' ' ? [] : strokesOf(character, context).flatMap(press);

type KeyEvent = Extract<KeyAction, { kind: 'key' }>;

const hold = ({ qcode, modifier }: KeyStroke): KeyEvent[] =>
  [modifier ?? [], qcode].flat().map(one => ({ kind: 'key', qcode: one, down: true }));

/** Modifier down, key down, key up, modifier up, as Packer presses them. */
const press = (stroke: KeyStroke): KeyEvent[] => {
  const down = hold(stroke);
  return [...down, ...down.toReversed().map(event => ({ ...event, down: false }))];
};

function strokesOf(character: string, { keys, keyboard, position }: Context): readonly KeyStroke[] {
  const strokes = keys.get(character);
  if (strokes) return strokes;
  const code = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  throw new GoldsmithError(
    'bad-boot-command',
    `The ${keyboard} keyboard has no key for ${JSON.stringify(character)} (${code}), character ${position} of the boot command.`,
    {
      hint: "Write the boot command without it, or name the guest's keyboard with `keyboard:` in lab.yaml.",
      details: { position, character, keyboard },
    },
  );
}

const unholdable = (character: string, { keyboard, position }: Context): GoldsmithError =>
  new GoldsmithError(
    'bad-boot-command',
    `${JSON.stringify(character)}, character ${position + 1} of the boot command, needs two keys on the ${keyboard} keyboard and cannot be held.`,
    { hint: 'Hold another key, or type it without On and Off.', details: { position, character, keyboard } },
  );
