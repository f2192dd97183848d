import { GoldsmithError } from '../model/failure.ts';

/** Names become parts of paths, so they are closed sets of characters and never start with a dot or a dash. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$/;
/** Folders beside the versions of an image. */
const RESERVED = new Set(['channels', 'removed']);

export const isImageName = (text: string): boolean => NAME.test(text);
export const isVersionName = (text: string): boolean => NAME.test(text) && !RESERVED.has(text);
export const isChannelName = (text: string): boolean => NAME.test(text) && !RESERVED.has(text);
export const isPlainName = (text: string): boolean => NAME.test(text);

const CHECKS = { image: isImageName, version: isVersionName, channel: isChannelName };

/** @throws GoldsmithError `usage` when a name could not be part of a path. */
export function checkName(kind: keyof typeof CHECKS, name: string): void {
  if (CHECKS[kind](name)) return;
  const why = RESERVED.has(name)
    ? 'that word is reserved'
    : 'letters, digits and . _ + - are allowed, a letter or digit first';
  throw new GoldsmithError('usage', `${JSON.stringify(name)} cannot be the name of a ${kind}: ${why}.`);
}

/** `image`, `image@version` or `image@channel`. @throws GoldsmithError `usage` */
export function parseRef(ref: string): { image: string; tag?: string } {
  const at = ref.indexOf('@');
  const image = at < 0 ? ref : ref.slice(0, at);
  checkName('image', image);
  if (at < 0) return { image };
  const tag = ref.slice(at + 1);
  checkName('version', tag);
  return { image, tag };
}

/** Text that may come from `git describe` as a version: what no name may hold becomes a dash. */
export const asVersionName = (text: string): string =>
  text
    .replace(/[^A-Za-z0-9._+-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 100);
