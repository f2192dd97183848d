import { GoldsmithError } from '../../../model/failure.ts';
import type { HclFunction, Parameter } from '../function-call.ts';
import { isWhole, type Num, numberFrom, toDouble } from '../numbers.ts';
import { ANY, BOOL, NUMBER, numberValue, STRING, type Type, textValue, type Value } from '../value.ts';

/** What the tables of functions are written with. */

/** Where a function's files, times and names come from. */
export interface FunctionContext {
  /** Relative files are looked for here: the template's folder. */
  baseDirectory: string;
  /** The working directory: what `abspath` is relative to. */
  workingDirectory: string;
  /** One moment for the whole reading. */
  now: Date;
  homeDirectory: string;
}

export const bad = (message: string, hint?: string): GoldsmithError =>
  new GoldsmithError('bad-recipe', message, { hint });

export const text = (name: string): Parameter => ({ name, type: STRING });
export const number = (name: string): Parameter => ({ name, type: NUMBER });
export const bool = (name: string): Parameter => ({ name, type: BOOL });
export const any = (name: string): Parameter => ({ name, type: ANY });
export const anyOrNull = (name: string): Parameter => ({ name, type: ANY, isNullable: true });
export const texts = (name: string): Parameter => ({ name, type: LIST_OF_STRING });

export const LIST_OF_STRING: Type = { kind: 'list', element: STRING };

export const asText = (value: Value | undefined): string => {
  if (value?.kind === 'string') return value.value;
  throw bad('a text is required');
};

export const asNumber = (value: Value | undefined): Num => {
  if (value?.kind === 'number') return value.value;
  throw bad('a number is required');
};

/** A whole number that a double holds exactly. */
export function asWhole(value: Value | undefined): number {
  const exact = asNumber(value);
  const double = toDouble(exact);
  if (!isWhole(exact) || !Number.isSafeInteger(double)) throw bad('a whole number is required');
  return double;
}

export function asItems(value: Value | undefined): Value[] {
  if (value && 'items' in value) return value.items;
  throw bad('a list is required');
}

export function asEntries(value: Value | undefined): Map<string, Value> {
  if (value && 'entries' in value) return value.entries;
  throw bad('a map is required');
}

export const asTexts = (value: Value | undefined): string[] => asItems(value).map(asText);
export const textList = (items: string[]): Value => ({ kind: 'list', element: STRING, items: items.map(textValue) });
export const whole = (value: number): Value => numberValue(numberFrom(value));

/** A function of texts that gives a text. */
export const onTexts = (names: string[], work: (...texts: string[]) => string): HclFunction => ({
  parameters: names.map(text),
  call: values => textValue(work(...values.map(asText))),
});

/** A function without parameters besides those given. */
export const define = (
  parameters: Parameter[],
  call: (values: Value[]) => Value,
  variadic?: Parameter,
): HclFunction => ({
  parameters,
  ...(variadic ? { variadic } : {}),
  call,
});

const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' });

/** The characters a person sees: how HCL2 counts. */
export const graphemes = (value: string): string[] =>
  /^[\x20-\x7e]*$/.test(value) ? [...value] : [...segmenter.segment(value)].map(part => part.segment);
