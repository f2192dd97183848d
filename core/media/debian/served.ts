import { GoldsmithError } from '../../model/failure.ts';
import type { ArchivePackage } from './archive.ts';

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
    let reason = '';
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(TIMEOUT_MS)]);
      const status = await fetch(url, { method: 'HEAD', signal }).then(
        response => response.status,
        cause => void (reason = String(cause.cause?.message ?? cause.message)),
      );
      this.#signal.throwIfAborted();
      if (status === 200) return true;
      if (status === 404 || status === 410) return false;
      if (status !== undefined) reason = `it answered ${status}`;
    }
    throw new GoldsmithError('source-unreachable', `The mirror cannot be asked for ${url}: ${reason}.`, {
      hint: 'Use another mirror: set GOLDSMITH_DEBIAN_MIRROR.',
    });
  }
}
