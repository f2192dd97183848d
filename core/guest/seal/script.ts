import { shellQuote as quote } from '../shell-quote.ts';
import type { SealItem } from './items.ts';

/** Before each item; what follows up to the next mark is its output. */
export const MARK = '@goldsmith-seal@ ';

export interface SealStamp {
  image: string;
  version: string;
  build: string;
  /** ISO 8601 UTC. */
  builtAt: string;
}

export interface SealValues {
  /** The build's public key line. */
  buildKey: string;
  stamp: SealStamp;
  /** Prefix of every path; empty in a guest. */
  root?: string;
}

/** One script of all items, for the standard input of a shell: it leaves nothing behind. */
export const sealScript = (items: readonly SealItem[], { buildKey, stamp, root = '' }: SealValues): string =>
  [
    'set -eu',
    `ROOT=${quote(root)}`,
    `BUILD_KEY=${quote(buildKey.split(' ').slice(0, 2).join(' '))}`,
    `STAMP=${quote(stampText(stamp))}`,
    ...items.map(item => `echo ${quote(MARK + item.name)}\n( set -eu\n${item.script}\n) 2>&1`),
    `echo ${quote(`${MARK}end`)}`,
    '',
  ].join('\n');

/** /etc/goldsmith-release, in the form of os-release(5). */
const stampText = ({ image, version, build, builtAt }: SealStamp): string =>
  [`IMAGE=${image}`, `VERSION=${version}`, `BUILD=${build}`, `BUILT_AT=${builtAt}`].join('\n');
