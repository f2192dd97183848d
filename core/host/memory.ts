import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

const MemoryFile = z.object({
  /** Raised when what is remembered changes its meaning: old memories are then forgotten. */
  format: z.literal(1),
  known: z.record(z.string(), z.object({ stamp: z.string(), value: z.unknown() })),
});
type Known = z.infer<typeof MemoryFile>['known'];

/**
 * What was found out about this host and is dear to find out again, each with a stamp that names all it depends on.
 * A cache: deleting the file costs time only; a damaged one counts as empty, and one that cannot be written is no fault.
 */
export class HostMemory {
  readonly #file: string;
  readonly #known: Known;
  #isChanged = false;

  constructor(file: string) {
    this.#file = file;
    this.#known = readKnown(file);
  }

  /** What is known of `key`, while its stamp is still the same and it is what the schema says. */
  recall<T>(key: string, stamp: string, schema: z.ZodType<T>): T | undefined {
    const entry = this.#known[key];
    if (entry?.stamp !== stamp) return undefined;
    return schema.safeParse(entry.value).data;
  }

  remember(key: string, stamp: string, value: unknown): void {
    this.#known[key] = { stamp, value };
    this.#isChanged = true;
  }

  save(): void {
    if (!this.#isChanged) return;
    const incoming = `${this.#file}.${process.pid}`;
    try {
      mkdirSync(path.dirname(this.#file), { recursive: true });
      writeFileSync(incoming, JSON.stringify({ format: 1, known: this.#known }, undefined, 1));
      renameSync(incoming, this.#file);
    } catch {
      // A read-only cache: everything is found out again next time.
    }
  }
}

function readKnown(file: string): Known {
  try {
    return MemoryFile.parse(JSON.parse(readFileSync(file, 'utf8'))).known;
  } catch {
    return {};
  }
}
