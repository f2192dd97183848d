import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findText } from '../../core/boot/screen.ts';
import { TextMachine } from '../boot/text-machine.ts';

let dir: string;
let machine: TextMachine | undefined;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'text-screen-'));
});
afterEach(async () => {
  await machine?.stop();
  await rm(dir, { recursive: true, force: true });
});

/** A boot sector that writes a text, shows another page of the text memory, and writes another text there. */
function bootSector(first: string, second: string): Buffer {
  const print = [
    0xac, // next: lodsb
    0x84,
    0xc0, //   test al, al
    0x74,
    0x09, //   jz done
    0xb4,
    0x0e, //   mov ah, 0Eh (write a character where the cursor is)
    0xbb,
    0x07,
    0x00, // mov bx, 7
    0xcd,
    0x10, //   int 10h
    0xeb,
    0xf2, //   jmp next
  ]; // done:
  const code = [
    0x31,
    0xc0, // xor ax, ax
    0x8e,
    0xd8, // mov ds, ax
    0xfc, // cld
    0xb8,
    0x03,
    0x00,
    0xcd,
    0x10, // mov ax, 3; int 10h (80 x 25 text)
    0xbe,
    0x00,
    0x7d, // mov si, 7D00h
    ...print,
    0xb8,
    0x01,
    0x05,
    0xcd,
    0x10, // mov ax, 501h; int 10h (show page 1)
    0xbe,
    0x80,
    0x7d, // mov si, 7D80h
    ...print,
    0xf4,
    0xeb,
    0xfd, // end: hlt; jmp end
  ];
  const sector = Buffer.alloc(512);
  Buffer.from(code).copy(sector);
  sector.write(`${first}\0`, 0x100, 'latin1');
  sector.write(`${second}\0`, 0x180, 'latin1');
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}

test('a screen that begins further back in the text memory is read where it is shown', async () => {
  const file = path.join(dir, 'disk.img');
  await writeFile(file, Buffer.concat([bootSector('seen before', 'Kernel panic'), Buffer.alloc(1024 * 1024)]));
  machine = await TextMachine.start(dir, { file, device: 'ide-hd' });
  let rows: string[] = [];
  for (const deadline = performance.now() + 20_000; performance.now() < deadline; await sleep(50)) {
    rows = await machine.screen();
    if (findText(rows, 'Kernel panic')) break;
  }
  expect(rows[0]).toBe('Kernel panic');
  expect(rows).toHaveLength(25);
  expect(findText(rows, 'seen before')).toBe(false);
  await machine.qmp.human('o /b 0x3d4 0x0e');
  await machine.screen();
  expect(await machine.qmp.human('i /b 0x3d4')).toContain('0x0e');
});
