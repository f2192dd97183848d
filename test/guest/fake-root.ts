import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A folder that stands for the root of a guest. */
export class FakeRoot {
  readonly dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-root-'));

  constructor(files: Record<string, string> = {}) {
    this.add({ 'etc/passwd': 'root:x:0:0::/root:/bin/sh\nwork:x:1000:1000::/srv/work:/bin/sh\n', ...files });
    mkdirSync(path.join(this.dir, 'root'), { recursive: true });
  }

  /** Writes files; a value that begins with `->` is a link's target. */
  add(files: Record<string, string>): this {
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(this.dir, name);
      mkdirSync(path.dirname(file), { recursive: true });
      if (text.startsWith('->')) symlinkSync(text.slice(2), file);
      else writeFileSync(file, text);
    }
    return this;
  }

  /** A program for the items to call. */
  program(name: string, text: string): void {
    this.add({ [name]: text });
    chmodSync(path.join(this.dir, name), 0o755);
  }

  has(name: string): boolean {
    return existsSync(path.join(this.dir, name));
  }

  text(name: string): string | undefined {
    return this.has(name) ? readFileSync(path.join(this.dir, name), 'utf8') : undefined;
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}
