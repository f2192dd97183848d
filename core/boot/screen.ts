const COLUMNS = 80;
const ROWS = 25;
const BYTES_PER_CELL = 2;

/** Code page 437, the character set of a PC's text mode: 0 to 31, then 127 to 255 (Unicode's CP437.TXT, IBM's glyphs). */
const LOW = ' ☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼';
const HIGH =
  '⌂ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■ ';

const character = (code: number): string => {
  if (code < 32) return LOW[code] ?? ' ';
  return code < 127 ? String.fromCharCode(code) : (HIGH[code - 127] ?? ' ');
};

/**
 * VGA text memory (character and attribute byte in turn, 80 cells a row) as rows without trailing blanks.
 * @param options.startCell where the screen begins, as the CRT controller's registers 0Ch and 0Dh say: a Linux console
 *   scrolls by moving it through all 32 KiB from 0xb8000. Give that whole memory then; rows wrap at its end.
 */
export function decodeVgaText(memory: Buffer, options: { startCell?: number; rows?: number } = {}): string[] {
  const cells = Math.floor(memory.length / BYTES_PER_CELL);
  const rows = options.rows ?? Math.min(ROWS, Math.floor(cells / COLUMNS));
  const { startCell = 0 } = options;
  const at = (cell: number): string => character(memory[((startCell + cell) % cells) * BYTES_PER_CELL] ?? 0);
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: COLUMNS }, (_unused, column) => at(row * COLUMNS + column))
      .join('')
      .trimEnd(),
  );
}

/** Whether the text stands on the screen, also where it runs on from the end of one row to the next. */
export const findText = (rows: string[], text: string): boolean =>
  rows.some(row => row.includes(text)) ||
  rows
    .map(row => row.padEnd(COLUMNS))
    .join('')
    .includes(text);
