import { setTimeout as sleep } from 'node:timers/promises';
import type { KeyAction } from '../../core/model/key.ts';
import type { TextMachine } from './text-machine.ts';

/** Head and tail of the BIOS's ring of pressed keys, two words (IBM PC/AT BIOS data area, 40:1A and 40:1C). */
const RING = { address: 0x41a, bytes: 4 } as const;
const POLL_MS = 5;
const READ_TIMEOUT_MS = 20_000;
const MODIFIERS = new Set(['shift', 'shift_r', 'ctrl', 'ctrl_r', 'alt', 'alt_r']);

/**
 * Types at a boot loader that asks the BIOS for its keys, and waits after each until the loader has taken it: so a busy
 * host loses none, and no screen need be read, which shows pictures often.
 * @throws Error when a key is not taken
 */
export async function typeAtBios(machine: TextMachine, actions: readonly KeyAction[]): Promise<void> {
  for (const action of actions) {
    if (action.kind === 'wait') await sleep(action.ms);
    if (action.kind !== 'key') continue;
    const before = await ring(machine);
    await machine.press(action);
    if (action.down && !MODIFIERS.has(action.qcode)) await taken(machine, before.tail, action.qcode);
  }
}

async function taken(machine: TextMachine, tailBefore: number, key: string): Promise<void> {
  const deadline = performance.now() + READ_TIMEOUT_MS;
  for (;;) {
    const { head, tail } = await ring(machine);
    if (tail !== tailBefore && head === tail) return;
    if (performance.now() > deadline) throw new Error(`the key ${key} was not read`);
    await sleep(POLL_MS);
  }
}

async function ring(machine: TextMachine): Promise<{ head: number; tail: number }> {
  const words = await machine.memory(RING.address, RING.bytes);
  return { head: words.readUInt16LE(0), tail: words.readUInt16LE(2) };
}
