const COLUMNS = 80;
const BYTES_PER_CELL = 2;

/** Code page 437, the character set of a PC's text mode: 0 to 31, then 127 to 255 (Unicode's CP437.TXT). */
const LOW = ' ☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼';
const HIGH =
  '⌂ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■ ';

const character = (code: number): string => {
  if (code < 32) return LOW[code] ?? ' ';
  return code < 127 ? String.fromCharCode(code) : (HIGH[code - 127] ?? ' ');
};

/** VGA text memory (character and attribute byte in turn, 80 a row) as rows without trailing blanks. */
export function decodeVgaText(memory: Buffer): string[] {
  const rows = Math.floor(memory.length / (COLUMNS * BYTES_PER_CELL));
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: COLUMNS }, (_unused, column) =>
      character(memory[(row * COLUMNS + column) * BYTES_PER_CELL] ?? 32),
    )
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
