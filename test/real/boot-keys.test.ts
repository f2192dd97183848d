import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseBootCommand } from '../../core/boot/command.ts';
import { keysymOf } from '../../core/boot/keysyms.ts';
import { run } from '../../core/exec.ts';
import type { KeyAction } from '../../core/model/key.ts';
import { RfbKeyboard } from '../boot/rfb.ts';
import { makeGrubIso, TextMachine } from '../boot/text-machine.ts';
import { runsAll, runsTogether } from '../extent.ts';

const PRINTABLE = Array.from({ length: 95 }, (_, nth) => String.fromCharCode(32 + nth)).join('');
const PROMPT_TIMEOUT_MS = 30_000;
const TYPED_TIMEOUT_MS = 5000;
const KEY_INTERVAL_MS = 4;

let dir: string;
let machine: TextMachine | undefined;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'boot-keys-'));
});

afterEach(async () => {
  await machine?.stop();
  machine = undefined;
  await rm(dir, { recursive: true, force: true });
});

async function bootToPrompt(config: string, files: Record<string, Buffer> = {}): Promise<TextMachine> {
  machine = await TextMachine.start(dir, { file: await makeGrubIso(dir, config, files), device: 'ide-cd' });
  expect(await machine.waitForTyped(() => true, PROMPT_TIMEOUT_MS)).toBe(true);
  return machine;
}

/**
 * Types by `press` and compares with the screen after every second character: QEMU's keyboard queue holds 16 bytes,
 * and a busy host may keep the guest from emptying it.
 */
async function expectShown(
  grub: TextMachine,
  text: string,
  press: (action: KeyAction) => Promise<void>,
): Promise<void> {
  for (let end = 2; end < text.length + 2; end += 2) {
    const shown = text.slice(0, end);
    for (const action of parseBootCommand(text.slice(end - 2, end))) await press(action);
    await grub.waitForTyped(typed => typed.trimEnd() === shown, TYPED_TIMEOUT_MS);
    expect((await grub.typed())?.trimEnd()).toBe(shown);
  }
}

describe("GRUB's command line shows every printable character of ASCII on Packer's keyboard", () => {
  test('through QMP', async () => {
    const grub = await bootToPrompt('');
    await expectShown(grub, PRINTABLE, action => grub.press(action));
  });

  test('through VNC, by keysyms', async () => {
    const grub = await bootToPrompt('');
    const keyboard = await RfbKeyboard.connect(grub.vncSocket);
    let isShifted = false;
    await expectShown(grub, PRINTABLE, async action => {
      if (action.kind !== 'key') return;
      keyboard.press(keysymOf(action.qcode, isShifted) ?? 0, action.down);
      if (action.qcode === 'shift') isShifted = action.down;
    });
    keyboard.close();
  });

  test('a line break sent as Packer sends it presses no key, so none is typed', async () => {
    const grub = await bootToPrompt('');
    const keyboard = await RfbKeyboard.connect(grub.vncSocket);
    for (const code of ['\n', '\t', '\r', 'x'].map(character => character.charCodeAt(0))) {
      keyboard.press(code, true);
      keyboard.press(code, false);
    }
    await grub.waitForTyped(typed => typed.startsWith('x'), TYPED_TIMEOUT_MS);
    keyboard.close();
    expect((await grub.typed())?.trimEnd()).toBe('x');
    expect(parseBootCommand('\n\t\r')).toEqual([]);
  });
});

/** GRUB's own compiled form of a layout, from the facts of XKB, not from our table. */
async function grubLayout(name: string): Promise<Buffer> {
  const facts = await readFile(new URL('../fixtures/boot/keyboards.txt', import.meta.url), 'utf8');
  const rows = facts.split('\n').filter(line => line.startsWith(`${name} `));
  const keycodes = rows
    .map(row => row.split(' '))
    .map(([, code, ...symbols]) => `keycode ${code} = ${symbols.join(' ')}`);
  const output = path.join(dir, `${name}.gkb`);
  const input = [...keycodes, ...EXTRA_KEYS, ''].join('\n');
  await run('grub-mklayout', ['-o', output], { input });
  return readFile(output);
}

const EXTRA_KEYS = ['keycode 57 = U+0020 U+0020 U+0020 U+0020', 'keycode 14 = Delete Delete Delete Delete'];

/**
 * Types one character and returns what is shown then. GRUB's keyboard driver misses a scancode now and then: nothing
 * is shown, or Shift stays down. So modifiers are let go and it is tried again; a wrong table is wrong every time.
 */
async function typeOne(grub: TextMachine, keyboard: string, character: string, before: string): Promise<string> {
  // GRUB gives the character of a dead key at once, without the space bar that it needs elsewhere.
  const keys = parseBootCommand(character, { keyboard }).filter(
    action => action.kind === 'key' && action.qcode !== 'spc',
  );
  let shown = before;
  for (let attempt = 0; attempt < 5 && shown !== before + character; attempt++) {
    if (shown !== before) await pressAll(grub, parseBootCommand('<bs>'));
    await pressAll(grub, parseBootCommand('<leftShiftOff><rightAltOff>'));
    await grub.waitForTyped(typed => typed.trimEnd() === before, 500);
    await pressAll(grub, keys);
    await grub.waitForTyped(typed => typed.trimEnd() !== before, 500);
    shown = (await grub.typed())?.trimEnd() ?? '';
  }
  return shown;
}

async function pressAll(grub: TextMachine, actions: KeyAction[]): Promise<void> {
  for (const action of actions) {
    await grub.press(action);
    await sleep(KEY_INTERVAL_MS);
  }
}

test.runIf(runsTogether).each(runsAll ? ['de', 'fr'] : ['fr'])(
  'GRUB with the keymap %s shows every visible character of ASCII',
  async keyboard => {
    const config = `terminal_input at_keyboard\nkeymap /boot/grub/${keyboard}.gkb\n`;
    const grub = await bootToPrompt(config, { [`${keyboard}.gkb`]: await grubLayout(keyboard) });
    let shown = '';
    for (const character of PRINTABLE.slice(1)) {
      const after = shown + character;
      expect(await typeOne(grub, keyboard, character, shown)).toBe(after);
      shown = after;
    }
  },
);
