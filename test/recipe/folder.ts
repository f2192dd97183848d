import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TargetOptions } from '../../core/build/target.ts';
import { GoldsmithError } from '../../core/model/failure.ts';
import type { Builder, Recipe } from '../../core/model/recipe.ts';
import { type ReadOptions, readRecipe } from '../../core/recipe/read.ts';

/** A temporary folder with templates. */
export class Folder {
  readonly path = mkdtempSync(path.join(tmpdir(), 'goldsmith-recipe-'));

  write(files: Record<string, string>): void {
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(this.path, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }

  read(name: string, options: ReadOptions = {}): Promise<Recipe> {
    return readRecipe(name, { cwd: this.path, env: {}, now: new Date('2026-01-31T12:00:00Z'), ...options });
  }

  /** The only builder of a template. */
  async builder(name: string, options: ReadOptions = {}): Promise<Builder> {
    const { builders } = await this.read(name, options);
    const [builder] = builders;
    if (!builder || builders.length > 1) throw new Error(`${name} has ${builders.length} builders`);
    return builder;
  }

  /** The error a template is refused with. */
  async error(name: string, options: ReadOptions = {}): Promise<GoldsmithError> {
    const thrown: unknown = await this.read(name, options).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (thrown instanceof GoldsmithError) return thrown;
    throw new Error(`${name} was not refused as it should: ${String(thrown)}`);
  }

  /** How a target of the folder is found when nothing else is asked. */
  targetOptions(changes: Partial<TargetOptions> = {}): TargetOptions {
    const none = { variables: {}, variableFiles: [], only: [], except: [] };
    return { cwd: this.path, ...none, mirror: async () => ({}), ...changes };
  }

  end(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** A source with what is required, and lines of the test. */
export const source = (lines = '', name = 't'): string => `source "qemu" "${name}" {
  iso_url      = "http://example.org/a.iso"
  iso_checksum = "none"
  ssh_username = "root"
${lines}
}
`;

export const build = (lines = '', sources = '"source.qemu.t"'): string => `build {
  sources = [${sources}]
${lines}
}
`;
