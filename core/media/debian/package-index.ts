/** One binary package, or udeb, as the archive's signed index describes it. */
export interface ArchivePackage {
  name: string;
  version: string;
  /** Path below the mirror. */
  filename: string;
  sha256: string;
  sizeBytes: number;
  /** All fields of the paragraph, as written, e.g. `Depends`. */
  fields: ReadonlyMap<string, string>;
}

/**
 * A Packages file, whose paragraphs are read when they are asked for: main has 54 MB of them, and a few are wanted.
 * Of several versions of a package the first one counts.
 */
export class PackageIndex {
  readonly #text: string;
  readonly #starts = new Map<string, number>();

  constructor(text: string) {
    this.#text = text;
    for (const match of text.matchAll(/^Package: (.+)$/gm)) {
      const name = match[1] ?? '';
      if (!this.#starts.has(name)) this.#starts.set(name, match.index);
    }
  }

  paragraph(name: string): string | undefined {
    const start = this.#starts.get(name);
    if (start === undefined) return undefined;
    const end = this.#text.indexOf('\n\n', start);
    return this.#text.slice(start, end < 0 ? undefined : end);
  }

  /** The names of the packages whose paragraph has this line. */
  named(line: string): string[] {
    const names: string[] = [];
    for (let at = this.#text.indexOf(`\n${line}\n`); at >= 0; at = this.#text.indexOf(`\n${line}\n`, at + 1)) {
      const name = /^Package: (.+)$/m.exec(this.#text.slice(this.#text.lastIndexOf('Package: ', at), at))?.[1];
      if (name) names.push(name);
    }
    return names;
  }

  find(name: string): ArchivePackage | undefined {
    const paragraph = this.paragraph(name);
    if (paragraph === undefined) return undefined;
    const fields = readFields(paragraph);
    const [version, filename, sha256] = [fields.get('Version'), fields.get('Filename'), fields.get('SHA256')];
    if (!version || !filename || !sha256) return undefined;
    return { name, version, filename, sha256, sizeBytes: Number(fields.get('Size')), fields };
  }

  *all(): Generator<ArchivePackage> {
    for (const name of this.#starts.keys()) {
      const found = this.find(name);
      if (found) yield found;
    }
  }
}

/** The fields of a paragraph that stand on one line. */
export function readFields(paragraph: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of paragraph.split('\n')) {
    const colon = line.indexOf(': ');
    if (colon > 0 && !line.startsWith(' ')) fields.set(line.slice(0, colon), line.slice(colon + 2));
  }
  return fields;
}
