import type { Page } from 'playwright-core';

/** A cell of VGA text mode as QEMU draws it (720 x 400: 80 x 25 cells). */
const CELL = { width: 9, height: 16 } as const;

/**
 * Whether a text stands on the screen that noVNC shows. Needs no font: a row of cells is the text when equal letters
 * are equal pictures, different letters are different pictures, and spaces are empty.
 */
export async function readScreen(page: Page, text: string): Promise<boolean> {
  const rows = await page.evaluate(({ width, height }) => {
    const canvas = document.querySelector<HTMLCanvasElement>('.gs-screen canvas');
    const context = canvas?.getContext('2d');
    if (!canvas || !context || canvas.width !== 80 * width || canvas.height !== 25 * height) return [];
    return Array.from({ length: 25 }, (_row, row) =>
      Array.from({ length: 80 }, (_column, column) => {
        const { data } = context.getImageData(column * width, row * height, width, height);
        const isLit = Array.from({ length: width * height }, (_pixel, pixel) => data[pixel * 4] !== data[0]);
        return isLit.includes(true) ? isLit.map(Number).join('') : '';
      }),
    );
  }, CELL);
  return rows.some(cells => cells.some((_cell, start) => fits(cells.slice(start, start + text.length), text)));
}

function fits(cells: string[], text: string): boolean {
  if (cells.length < text.length) return false;
  const pictures = new Map<string, string>();
  for (const [index, letter] of [...text].entries()) {
    const cell = cells[index] ?? '';
    if ((letter === ' ') !== (cell === '')) return false;
    const before = pictures.get(letter);
    if (before !== undefined && before !== cell) return false;
    pictures.set(letter, cell);
  }
  return new Set(pictures.values()).size === pictures.size;
}
