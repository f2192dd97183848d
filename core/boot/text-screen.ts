import { decodeVgaText } from './screen.ts';

/** The window of VGA text memory, 32 KiB; a screen is 80 x 25 cells of it (IBM VGA, mode 3). */
const WINDOW = { address: 0xb8000, bytes: 32 * 1024 } as const;
const SCREEN_BYTES = 80 * 25 * 2;
/** The CRT controller's index and data ports; its registers 0Ch and 0Dh hold the first cell that is shown. */
const CRTC = { index: 0x3d4, data: 0x3d5, startHigh: 0x0c, startLow: 0x0d } as const;
const BLANKS: ReadonlySet<number> = new Set([0x00, 0x20]);

/** What is needed of a machine's monitor. */
export interface TextScreenSource {
  /** Guest memory from a physical address on. */
  memory(address: number, bytes: number): Promise<Buffer>;
  /** A command of QEMU's human monitor: QMP has none for ports. */
  human(commandLine: string): Promise<string>;
}

/**
 * The text screen as it is shown, 25 rows. Firmware and boot loaders stay in the first screen of the memory. A Linux
 * console scrolls by moving the start of the screen through the whole window, and then only the video card knows where
 * it is; so the card is asked once anything stands behind the first screen. Asking moves the card's index register for
 * a moment. That is hidden from Linux, which writes index and value in one instruction.
 */
export async function readTextScreen(source: TextScreenSource): Promise<string[]> {
  const memory = await source.memory(WINDOW.address, WINDOW.bytes);
  const isScrolled = memory.some((byte, at) => at >= SCREEN_BYTES && at % 2 === 0 && !BLANKS.has(byte));
  return decodeVgaText(memory, { startCell: isScrolled ? await startCell(source) : 0 });
}

async function startCell({ human }: TextScreenSource): Promise<number> {
  const index = await readPort(human, CRTC.index);
  const high = await readRegister(human, CRTC.startHigh);
  const low = await readRegister(human, CRTC.startLow);
  await human(`o /b ${CRTC.index} ${index}`);
  return high * 256 + low;
}

async function readRegister(human: TextScreenSource['human'], register: number): Promise<number> {
  await human(`o /b ${CRTC.index} ${register}`);
  return readPort(human, CRTC.data);
}

/** The monitor answers `portb[0x03d5] = 0x1e`. */
async function readPort(human: TextScreenSource['human'], port: number): Promise<number> {
  return Number(/= *(0x[0-9a-f]+)/i.exec(await human(`i /b ${port}`))?.[1] ?? 0);
}
