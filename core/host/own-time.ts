import { readFileSync } from 'node:fs';

/** Of the kernel's counters (USER_HZ, proc_stat(5)): the same on every architecture of ours. */
const MS_PER_TICK = 10;
const STEAL = 8;

/**
 * How long each processor of this host, itself a virtual machine, was taken by others since its start, in ms; 0 where
 * nothing tells (proc_stat(5): `steal`).
 */
export function stolenMs(): number {
  try {
    const lines = readFileSync('/proc/stat', 'utf8').split('\n');
    const ticks = Number(lines[0]?.split(/\s+/)[STEAL] ?? 0);
    const processors = lines.filter(line => /^cpu\d/.test(line)).length;
    return (ticks * MS_PER_TICK) / Math.max(processors, 1);
  } catch {
    return 0;
  }
}

/**
 * A clock that goes by what this host itself could do: while its processors are taken away, it stands. What an installer
 * does in seconds takes minutes then, and its silence means nothing.
 */
export class OwnTime {
  #stolenMs = 0;
  #latestMs = Number.NEGATIVE_INFINITY;
  readonly #before: number;

  constructor(
    readonly wall: () => number = () => performance.now(),
    readonly stolen: () => number = stolenMs,
  ) {
    this.#before = stolen();
  }

  /** Looks how much was taken meanwhile. Call every second or so. */
  look(): void {
    this.#stolenMs = this.stolen() - this.#before;
  }

  /** In ms; it never goes back. */
  now(): number {
    this.#latestMs = Math.max(this.#latestMs, this.wall() - this.#stolenMs);
    return this.#latestMs;
  }
}
