import { RE2JS } from 're2js';
import type { HclFunction } from '../function-call.ts';
import { listValue, NULL, objectValue, STRING, type Type, textValue, tupleValue, type Value } from '../value.ts';
import { asText, bad, define, onTexts, text } from './define.ts';

/** Go's regular expressions (RE2): linear in time, so a template cannot hang the reader. */
export const REGEX_FUNCTIONS: Record<string, HclFunction> = {
  regex: define([text('pattern'), text('string')], ([pattern, value]) => firstMatch(asText(pattern), asText(value))),
  regexall: define([text('pattern'), text('string')], ([pattern, value]) => allMatches(asText(pattern), asText(value))),
  regex_replace: onTexts(['string', 'pattern', 'replacement'], replaceAll),
};

function compile(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    throw bad(
      `${JSON.stringify(pattern)} is no regular expression: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function firstMatch(pattern: string, value: string): Value {
  const matcher = compile(pattern).matcher(value);
  if (!matcher.find()) throw bad(`the pattern ${JSON.stringify(pattern)} matches nothing in ${JSON.stringify(value)}`);
  return captured(matcher);
}

type Matcher = ReturnType<RE2JS['matcher']>;

/** The whole match without groups; else a tuple of the groups, or an object of the named ones. */
function captured(matcher: Matcher): Value {
  const regex = matcher.pattern();
  const names = Object.keys(regex.namedGroups());
  const groupValue = (group: string | null): Value => (group === null ? NULL : textValue(group));
  if (names.length > 0) return objectValue(names.map(name => [name, groupValue(matcher.group(name))]));
  if (regex.groupCount() === 0) return textValue(matcher.group(0) ?? '');
  return tupleValue(Array.from({ length: regex.groupCount() }, (_, index) => groupValue(matcher.group(index + 1))));
}

function allMatches(pattern: string, value: string): Value {
  const matcher = compile(pattern).matcher(value);
  const matches: Value[] = [];
  while (matcher.find()) matches.push(captured(matcher));
  const element: Type = matches[0]?.kind === 'string' ? STRING : { kind: 'any' };
  return listValue(element, matches);
}

/** Go's `$1`, `${name}` and `$$` in the replacement. */
function replaceAll(value: string, pattern: string, replacement: string): string {
  const regex = compile(pattern);
  const matcher = regex.matcher(value);
  let result = '';
  let from = 0;
  while (matcher.find()) {
    result += value.slice(from, matcher.start()) + expanded(replacement, matcher, regex);
    from = matcher.end();
  }
  return result + value.slice(from);
}

function expanded(replacement: string, matcher: Matcher, regex: RE2JS): string {
  return replacement.replace(
    /\$(?:\$|(\w+)|\{(\w+)\})/g,
    (match, plain: string | undefined, braced: string | undefined) => {
      const name = plain ?? braced;
      if (name === undefined) return '$';
      if (/^\d+$/.test(name)) return Number(name) <= regex.groupCount() ? (matcher.group(Number(name)) ?? '') : '';
      return name in regex.namedGroups() ? (matcher.group(name) ?? '') : match.slice(0, 0);
    },
  );
}
