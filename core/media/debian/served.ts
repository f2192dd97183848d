import { GoldsmithError } from '../../model/failure.ts';
import type { ArchivePackage } from './package-index.ts';

/** Requests under way at once: enough to hide the way to the mirror, few enough not to be taken for an attack. */
const PARALLEL = 16;
const TIMEOUT_MS = 20_000;
const ATTEMPTS = 3;

/** Asks a mirror which packages it really has. Remembers the answers: each package is asked for once. */
export class ServedCheck {
  readonly #mirror: string;
  readonly #signal: AbortSignal;
  readonly #known = new Map<string, boolean>();

  constructor(mirror: string, signal: AbortSignal) {
    this.#mirror = mirror;
    this.#signal = signal;
  }

  /** @returns those the mirror does not serve. @throws GoldsmithError `source-unreachable` when it does not answer. */
  async missing(packages: Iterable<ArchivePackage>, onChecked: (done: number, total: number) => void = () => {}) {
    const all = [...packages];
    const queue = all.filter(({ filename }) => !this.#known.has(filename));
    const total = queue.length;
    const worker = async (): Promise<void> => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        this.#known.set(next.filename, await this.#isServed(next.filename));
        onChecked(total - queue.length, total);
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, worker));
    return all.filter(({ filename }) => this.#known.get(filename) === false);
  }

  /** Only 404 and 410 mean "not there"; anything else is a mirror in trouble and is tried again. */
  async #isServed(filename: string): Promise<boolean> {
    const url = `${this.#mirror}/${filename}`;
    let answer: number | string = '';
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      answer = await this.#ask(url);
      if (answer === 200) return true;
      if (answer === 404 || answer === 410) return false;
    }
    throw new GoldsmithError('source-unreachable', `The mirror cannot be asked for ${url}: it answered ${answer}.`, {
      hint: 'Use another mirror: set GOLDSMITH_DEBIAN_MIRROR.',
    });
  }

  /** The status, or why there is none. */
  async #ask(url: string): Promise<number | string> {
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(TIMEOUT_MS)]);
    try {
      return (await fetch(url, { method: 'HEAD', signal })).status;
    } catch (error) {
      this.#signal.throwIfAborted();
      return `nothing: ${error instanceof Error ? error.message : error}`;
    }
  }
}
