import { timingSafeEqual } from 'node:crypto';

export interface ServedFile {
  /** As in the map that was given. */
  path: string;
  content: Buffer;
}

/**
 * Finds files by the raw target of a request. Nothing is decoded and nothing is a path of this host: a target is found
 * if it stands in the map, or not.
 */
export class ServedFiles {
  readonly #index = new Map<string, ServedFile>();

  constructor(files: ReadonlyMap<string, Buffer>) {
    for (const [path, content] of files) this.#index.set(path, { path, content });
    for (const [path, content] of files) {
      for (const form of [encodeURI(path), path.split('/').map(encodeURIComponent).join('/')]) {
        if (!this.#index.has(form)) this.#index.set(form, { path, content });
      }
    }
  }

  /** Repeated slashes count as one, as for Packer's server, which redirects: recipes get them wrong. */
  find(path: string): ServedFile | undefined {
    return this.#index.get(path.replace(/\/{2,}/g, '/'));
  }
}

/** The target of a request without its query and token. Undefined: the token is missing or wrong. */
export function withoutToken(target: string, token: string | undefined): string | undefined {
  const raw = target.split(/[?#]/, 1)[0] ?? '';
  if (token === undefined) return raw;
  const prefix = Buffer.from(`/${token}/`);
  const given = Buffer.alloc(prefix.length);
  given.write(raw.slice(0, prefix.length), 'latin1');
  return timingSafeEqual(given, prefix) ? raw.slice(prefix.length - 1) : undefined;
}
