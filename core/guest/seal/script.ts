import { keyBody } from '../keys.ts';
import { shellQuote as quote } from '../shell-quote.ts';
import { type GuestFamily, type SealItem, sealLibrary } from './items.ts';

/** Before each item; what follows up to the next mark is its output. */
export const MARK = '@goldsmith-seal@ ';

export interface SealStamp {
  image: string;
  version: string;
  build: string;
  /** ISO 8601 UTC. */
  builtAt: string;
  /** What the image was built from, in a word or a path. */
  recipe?: string;
}

export interface SealValues {
  /** The build's public key line. */
  buildKey: string;
  stamp: SealStamp;
  /** Prefix of every path; empty in a guest. */
  root?: string;
}

/** What the script is given beside the items. */
export interface ScriptValues extends SealValues {
  family: GuestFamily;
  /** Base64 of every public key that may be in no file any more. */
  forbidden: string[];
}

/**
 * One script of all items, for the standard input of a shell: it leaves nothing behind. It is one function, so that
 * the shell has read it whole before it starts, and no item can eat the rest of it from its input.
 */
export const sealScript = (items: readonly SealItem[], values: ScriptValues): string =>
  [
    'main() {',
    `ROOT=${quote(values.root ?? '')}`,
    `FAMILY=${values.family}`,
    `BUILD_KEY=${quote(keyBody(values.buildKey))}`,
    `KEY_BODIES=${quote(values.forbidden.join(' '))}`,
    `STAMP=${quote(stampText(values.stamp))}`,
    sealLibrary(),
    ...items.map(item => `echo ${quote(MARK + item.name)}\n( ${item.script}\n) 2>&1`),
    `echo ${quote(`${MARK}end`)}`,
    '}',
    'main </dev/null',
    '',
  ].join('\n');

/** /etc/goldsmith-release, in the form of os-release(5): what is not a plain word stands in quotes. */
function stampText({ image, version, build, builtAt, recipe }: SealStamp): string {
  const fields = { IMAGE: image, VERSION: version, BUILD: build, BUILT_AT: builtAt, RECIPE: recipe };
  return Object.entries(fields)
    .filter((pair): pair is [string, string] => pair[1] !== undefined)
    .map(([name, value]) => `${name}=${/^[\w.:@+/-]*$/.test(value) ? value : `"${value.replace(/["\\$`\n]/g, '_')}"`}`)
    .join('\n');
}
