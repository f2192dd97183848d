import type { HclFunction } from '../function-call.ts';
import { boolValue, textValue, type Value } from '../value.ts';
import { asText, asTexts, asWhole, bad, define, graphemes, number, onTexts, text, textList, texts } from './define.ts';

/** Packer's functions of text: https://developer.hashicorp.com/packer/docs/templates/hcl_templates/functions */
export const STRING_FUNCTIONS: Record<string, HclFunction> = {
  upper: onTexts(['string'], value => eachRune(value, rune => rune.toUpperCase())),
  lower: onTexts(['string'], value => eachRune(value, rune => rune.toLowerCase())),
  title: onTexts(['string'], value =>
    value.replace(/(^|[^\p{L}\p{N}_])(\p{L})/gu, (_, before: string, letter: string) => before + letter.toUpperCase()),
  ),
  chomp: onTexts(['string'], value => value.replace(/(?:\r\n|\n|\r)+$/, '')),
  trimspace: onTexts(['string'], value => value.replace(/^\p{White_Space}+|\p{White_Space}+$/gu, '')),
  trim: onTexts(['string', 'cutset'], trim),
  trimprefix: onTexts(['string', 'prefix'], (value, prefix) =>
    value.startsWith(prefix) ? value.slice(prefix.length) : value,
  ),
  trimsuffix: onTexts(['string', 'suffix'], (value, suffix) =>
    suffix !== '' && value.endsWith(suffix) ? value.slice(0, -suffix.length) : value,
  ),
  replace: onTexts(['string', 'substring', 'replacement'], (value, old, replacement) =>
    old === '' ? between(value, replacement) : value.split(old).join(replacement),
  ),
  strrev: onTexts(['string'], value => graphemes(value).reverse().join('')),
  indent: define([number('spaces'), text('string')], ([spaces, value]) =>
    textValue(asText(value).replaceAll('\n', `\n${' '.repeat(indentWidth(spaces))}`)),
  ),
  substr: define([text('string'), number('offset'), number('length')], substr),
  split: define([text('separator'), text('string')], ([separator, value]) =>
    textList(split(asText(separator), asText(value))),
  ),
  join: define([text('separator')], join, texts('lists')),
  startswith: define([text('string'), text('prefix')], ([value, prefix]) =>
    boolValue(asText(value).startsWith(asText(prefix))),
  ),
  endswith: define([text('string'), text('suffix')], ([value, suffix]) =>
    boolValue(asText(value).endsWith(asText(suffix))),
  ),
  strcontains: define([text('string'), text('substring')], ([value, part]) =>
    boolValue(asText(value).includes(asText(part))),
  ),
};

const WIDEST_INDENT = 10_000;

function indentWidth(value: Value | undefined): number {
  const width = asWhole(value);
  if (width < 0 || width > WIDEST_INDENT) throw bad(`an indentation of ${width} makes no sense`);
  return width;
}

function trim(value: string, cutset: string): string {
  const cut = new Set(cutset);
  const characters = [...value];
  let start = 0;
  let end = characters.length;
  while (start < end && cut.has(characters[start] ?? '')) start += 1;
  while (end > start && cut.has(characters[end - 1] ?? '')) end -= 1;
  return characters.slice(start, end).join('');
}

/** An empty separator splits into characters; a separator within an empty text gives one empty text. */
const split = (separator: string, value: string): string[] => (separator === '' ? [...value] : value.split(separator));

function join([separator, ...lists]: Value[]): Value {
  if (lists.length === 0) throw bad('at least one list is required');
  return textValue(lists.flatMap(list => asTexts(list)).join(asText(separator)));
}

/** A negative offset counts from the end; the length -1 means all the rest. */
function substr([value, offsetValue, lengthValue]: Value[]): Value {
  const characters = graphemes(asText(value));
  const offset = asWhole(offsetValue);
  const length = asWhole(lengthValue);
  const start = offset < 0 ? Math.max(0, characters.length + offset) : offset;
  return textValue(characters.slice(start, length < 0 ? undefined : start + length).join(''));
}

/** Go changes rune by rune: one that would become several ("ß") stays as it is, or becomes the first of them. */
const eachRune = (value: string, change: (rune: string) => string): string =>
  [...value]
    .map(rune => {
      const [first = rune, ...more] = change(rune);
      return more.length === 0 || /\p{Mn}/u.test(more.join('')) ? first : rune;
    })
    .join('');

/** Go finds the empty text before, between and after all runes. */
const between = (value: string, inserted: string): string => ['', ...value, ''].join(inserted);
