import { setTimeout as sleep } from 'node:timers/promises';
import { findText } from '../boot/screen.ts';
import { GoldsmithError } from '../model/failure.ts';

/** VGA text memory: 80 x 25 cells of a character and an attribute (IBM VGA, mode 3). */
export const VGA_TEXT = { address: 0xb8000, bytes: 80 * 25 * 2 } as const;
/** How QEMU's VGA draws an 80 x 25 text mode, with 9 and with 8 dots a character. */
const TEXT_MODE_WIDTHS: ReadonlySet<number> = new Set([720, 640]);
const TEXT_MODE_HEIGHT = 400;
const SCREEN_POLL_MS = 200;

/** Whether a picture of this size can be a text mode's. */
export const isTextMode = ({ width, height }: { width: number; height: number }): boolean =>
  TEXT_MODE_WIDTHS.has(width) && height === TEXT_MODE_HEIGHT;

/** Width and height stand in the first chunk of a PNG, IHDR (RFC 2083, 4.1.1). */
export const pngSize = (png: Buffer): { width: number; height: number } => ({
  width: png.readUInt32BE(16),
  height: png.readUInt32BE(20),
});

/** Reads a text screen again and again until `text` stands on it. @throws GoldsmithError `timed-out` with what stood there */
export async function waitForText(
  read: () => Promise<string[] | undefined>,
  text: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let rows: string[] | undefined;
  while (performance.now() < deadline) {
    rows = await read();
    if (rows && findText(rows, text)) return;
    await sleep(SCREEN_POLL_MS, undefined, { signal });
  }
  throw new GoldsmithError('timed-out', `"${text}" did not appear on the screen within ${timeoutMs / 1000} s.`, {
    hint: rows
      ? 'The last lines say what stood there instead.'
      : 'The screen is in a graphics mode, where text cannot be read.',
    details: { lastLines: (rows ?? []).filter(row => row.trim() !== '') },
  });
}
