import { expect, test } from 'vitest';
import { readTextScreen } from '../../core/boot/text-screen.ts';

/** A video card with text at some cells, the CRT controller's registers, and a record of what was asked of it. */
function card(texts: Record<number, string>, start: number) {
  const memory = Buffer.alloc(32 * 1024, Buffer.from([0x20, 0x07]));
  for (const [cell, text] of Object.entries(texts)) {
    for (const [nth, character] of [...text].entries())
      memory.writeUInt8(character.charCodeAt(0), (Number(cell) + nth) * 2);
  }
  const registers = new Map([
    [0x0c, start >> 8],
    [0x0d, start & 255],
  ]);
  const asked: string[] = [];
  let index = 0x0f;
  const human = async (line: string): Promise<string> => {
    asked.push(line);
    const [verb, , port, value] = line.split(' ');
    if (verb === 'o') index = Number(value);
    const read = Number(port) === 0x3d4 ? index : (registers.get(index) ?? 0);
    return verb === 'i'
      ? `portb[0x${Number(port).toString(16).padStart(4, '0')}] = 0x${read.toString(16).padStart(2, '0')}\r\n`
      : '';
  };
  const read = () =>
    readTextScreen({
      human,
      memory: async (address, bytes) => memory.subarray(address - 0xb8000, address - 0xb8000 + bytes),
    });
  return { read, asked, index: () => index };
}

test('a screen that was never scrolled is read without asking the card', async () => {
  const { read, asked } = card({ 0: 'GNU GRUB', 1920: 'last row' }, 0);
  const rows = await read();
  expect([rows[0], rows[24], rows.length]).toEqual(['GNU GRUB', 'last row', 25]);
  expect(asked).toEqual([]);
});

test('a scrolled one begins where the card says, and the card is left as it was', async () => {
  const { read, asked, index } = card({ 0: 'old', 7920: 'LINE 99', 9840: 'Kernel panic' }, 7920);
  const rows = await read();
  expect([rows[0], rows[24], rows.length]).toEqual(['LINE 99', 'Kernel panic', 25]);
  expect(index()).toBe(0x0f);
  expect(asked.length).toBe(6);
});

test('a screen that runs over the end of the window goes on at its beginning', async () => {
  const { read } = card({ 16320: 'end', 0: 'goes on', 4000: 'x' }, 16320);
  expect((await read())[0]).toBe(`${'end'.padEnd(64)}goes on`);
});
