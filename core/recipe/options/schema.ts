import type { Place } from '../../model/failure.ts';

/** What the value of an option is. Durations are in milliseconds. */
export interface OptionTypes {
  text: string;
  /** A whole number. */
  count: number;
  flag: boolean;
  texts: string[];
  counts: number[];
  'text-map': Record<string, string>;
  duration: number;
  rows: string[][];
  /** Anything: its meaning is given where it is used. */
  data: unknown;
}

export interface OptionSpec<K extends keyof OptionTypes = keyof OptionTypes> {
  kind: K;
  /** What it is when it is not given. */
  default?: OptionTypes[K];
  oneOf?: readonly string[];
  least?: number;
  most?: number;
  /** Why a value is wrong, as a sentence; undefined when it is right. */
  check?: (value: never) => string | undefined;
  /**
   * What happens to `{{ }}` in it: by default all is rendered and build-time names have no value; `keep` leaves the
   * build-time names of `names` (or all) standing; `raw` touches nothing.
   */
  template?: 'raw' | { names?: readonly string[] };
  /** It is accepted and means nothing here; the sentence says why. An empty one is not worth a note. */
  ignored?: string;
  /** It is refused; the sentence says why. */
  unsupported?: string;
  /** The values that ask for nothing, so that `unsupported` does not apply. */
  harmless?: readonly unknown[];
  /** An old spelling of that option. */
  renamedTo?: string;
}

export type OptionTable = Readonly<Record<string, OptionSpec>>;

/** What a table decodes to: an option without default may be missing. */
export type Decoded<T extends OptionTable> = {
  -readonly [N in keyof T]: T[N] extends { default: unknown }
    ? OptionTypes[T[N]['kind']]
    : OptionTypes[T[N]['kind']] | undefined;
};

/** One option as it stands in a template, before its type is known. */
export interface RawOption {
  name: string;
  /** Plain data of the wanted kind, by the rules of the language it is written in. */
  read(kind: keyof OptionTypes): unknown;
  namePlace(): Place;
  place(): Place;
}

/** A block (HCL2) or an object (JSON) with options. */
export interface RawBlock {
  /** For messages: `the source "qemu.debian"`. */
  what: string;
  place(): Place;
  options: Map<string, RawOption>;
}
