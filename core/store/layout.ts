import path from 'node:path';

/** Where everything of one store lies. Only this file knows. */
export interface Layout {
  root: string;
  /** `releases/<id>/`: whole, read-only, named by the SHA-256 of their manifest. */
  releases: string;
  release(id: string): string;
  /** `images/<name>/<version>`: a small file that makes a release visible; never rewritten. */
  images: string;
  image(name: string): string;
  pointer(image: string, version: string): string;
  /** `images/<name>/channels/<channel>`: replaced as a whole. */
  channels(image: string): string;
  channel(image: string, channel: string): string;
  /** `images/<name>/removed/<version>`: names that were used once and never again. */
  tombstone(image: string, version: string): string;
  /** `candidates/<name>@<version>/`: failed, kept, and never resolved. */
  candidates: string;
  /** `.incoming/<random>/`: on their way in or out; garbage unless their lock is held. */
  incoming: string;
  /** `uses/<id>/<owner>.json`: machines that run on a release. */
  uses(id: string): string;
}

export function layoutOf(root: string): Layout {
  const at = (...parts: string[]) => path.join(root, ...parts);
  return {
    root,
    releases: at('releases'),
    release: id => at('releases', id),
    images: at('images'),
    image: name => at('images', name),
    pointer: (image, version) => at('images', image, version),
    channels: image => at('images', image, 'channels'),
    channel: (image, channel) => at('images', image, 'channels', channel),
    tombstone: (image, version) => at('images', image, 'removed', version),
    candidates: at('candidates'),
    incoming: at('.incoming'),
    uses: id => at('uses', id),
  };
}
