import { createHash } from 'node:crypto';
import type { Vm } from '../drivers/driver.ts';
import { run } from '../exec.ts';
import { findProgram } from '../host/programs.ts';

const TIMEOUT_MS = 20_000;
/** One block of text, as wide as the picture: screens have no columns (tesseract(1), --psm). */
const ARGUMENTS = ['stdin', 'stdout', '--psm', '6', '-l', 'eng'];

/** The lines on a picture, as Tesseract reads them: with mistakes. Undefined where it is not installed, or fails. */
export async function readPicture(png: Buffer): Promise<string[] | undefined> {
  const tesseract = findProgram('tesseract');
  if (tesseract === undefined) return undefined;
  // Its threads would take the processors from the guest that is looked at.
  const options = { input: png, timeoutMs: TIMEOUT_MS, env: { OMP_THREAD_LIMIT: '1' } };
  const read = await run(tesseract, ARGUMENTS, options).catch(() => undefined);
  return read?.stdout
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '');
}

/** A cursor that blinks makes two pictures of one screen. */
const KEPT_PICTURES = 4;

/** Reads the screen of a machine again and again: exactly in a text mode; pictures only when they have changed. */
export class ScreenReader {
  readonly #known = new Map<string, string[] | undefined>();
  #reading: Promise<string[] | undefined> | undefined;

  constructor(readonly vm: Pick<Vm, 'screenText' | 'screenshot'>) {}

  /** Undefined in a graphics mode that cannot be read. */
  rows(): Promise<string[] | undefined> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #read(): Promise<string[] | undefined> {
    const exact = await this.vm.screenText();
    if (exact) return exact;
    const picture = await this.vm.screenshot();
    const hash = createHash('sha256').update(picture).digest('hex');
    if (!this.#known.has(hash)) this.#known.set(hash, await readPicture(picture));
    const [oldest] = this.#known.keys();
    if (this.#known.size > KEPT_PICTURES && oldest !== undefined) this.#known.delete(oldest);
    return this.#known.get(hash);
  }
}
