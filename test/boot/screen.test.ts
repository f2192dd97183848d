import { describe, expect, test } from 'vitest';
import { decodeVgaText, findText } from '../../core/boot/screen.ts';
import { run } from '../../core/exec.ts';

/** Characters with a white-on-black attribute behind each, as a VGA holds them. */
const cells = (codes: Iterable<number>): Buffer => Buffer.from([...codes].flatMap(code => [code, 0x07]));
const screenOf = (rows: string[]): Buffer => cells(rows.flatMap(row => [...Buffer.from(row.padEnd(80), 'latin1')]));

describe('decodeVgaText', () => {
  test('every printable code is what iconv says of CP437', async () => {
    const codes = Array.from({ length: 224 }, (_, nth) => 32 + nth).filter(code => code !== 127);
    const { stdout } = await run('iconv', ['-f', 'CP437', '-t', 'UTF-8'], { input: Buffer.from(codes) });
    const read = decodeVgaText(cells([...codes, ...Array<number>(17).fill(32)]))
      .map(row => row.padEnd(80))
      .join('');
    expect([...read].slice(0, codes.length).join('')).toBe(stdout.replace('\u00A0', ' '));
  });

  test('control codes are their glyphs, zero is blank', () => {
    const row = decodeVgaText(cells([0, 1, 16, 24, 25, 26, 27, 127, ...Array<number>(72).fill(0)]));
    expect(row).toEqual([' ☺►↑↓→←⌂']);
  });

  test('a screen is 25 rows without trailing blanks', () => {
    const rows = decodeVgaText(screenOf(['GNU GRUB', ...Array<string>(23).fill(''), '  grub>']));
    expect(rows).toHaveLength(25);
    expect([rows[0], rows[1], rows[24]]).toEqual(['GNU GRUB', '', '  grub>']);
  });

  test('a screen that was scrolled begins inside the memory and wraps at its end', () => {
    const memory = Buffer.alloc(32 * 1024, cells([32]));
    screenOf(['first']).copy(memory, memory.length - 160);
    screenOf(['second']).copy(memory, 0);
    const rows = decodeVgaText(memory, { startCell: memory.length / 2 - 80 });
    expect(rows.slice(0, 3)).toEqual(['first', 'second', '']);
    expect(rows).toHaveLength(25);
  });
});

describe('findText', () => {
  const rows = ['boot: '.padEnd(74, '.') + 'Press ', 'any key', ''];
  test.each([
    ['any key', true],
    ['Press any key', true],
    ['key boot', false],
    ['PRESS', false],
  ])('%s: %s', (text, isFound) => expect(findText(rows, text)).toBe(isFound));
});
