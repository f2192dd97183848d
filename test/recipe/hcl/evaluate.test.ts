// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are HCL
import { describe, expect, it } from 'vitest';
import { GoldsmithError } from '../../../core/model/failure.ts';
import { evaluate } from '../../../core/recipe/hcl/evaluate.ts';
import { toJson } from '../../../core/recipe/hcl/functions/json.ts';
import { packerFunctions } from '../../../core/recipe/hcl/functions/table.ts';
import { numberFrom } from '../../../core/recipe/hcl/numbers.ts';
import { parseExpressionText, parseFile, parseTemplateText } from '../../../core/recipe/hcl/parse-body.ts';
import { numberValue, textValue, type Value } from '../../../core/recipe/hcl/value.ts';
import { SourceText } from '../../../core/recipe/source-text.ts';
import { EXPRESSIONS, WRONG_EXPRESSIONS } from './expressions.ts';

const functions = packerFunctions({
  baseDirectory: '/',
  workingDirectory: '/',
  now: new Date('2026-01-31T12:00:00Z'),
  homeDirectory: '/home/me',
});
const variables = new Map<string, Value>([
  ['name', textValue('World')],
  ['count', numberValue(numberFrom(3))],
  ['unknown', { kind: 'unknown', type: { kind: 'any' } }],
]);
const jsonOf = (text: string): string =>
  toJson(evaluate(parseExpressionText(new SourceText('x.pkr.hcl', text)), { variables, functions }));
const errorOf = (text: string): GoldsmithError => {
  try {
    jsonOf(text);
  } catch (error) {
    if (error instanceof GoldsmithError) return error;
    throw error;
  }
  throw new Error(`${text} has a value`);
};

describe('the values Packer gives', () => {
  it.each(Object.entries(EXPRESSIONS))('%s', (text, json) => expect(jsonOf(text)).toBe(json));
  it.each(WRONG_EXPRESSIONS)('no value: %s', text => {
    const error = errorOf(text);
    expect(error.code).toBe('bad-recipe');
    expect(error.details.place).toMatchObject({ file: 'x.pkr.hcl', line: 1 });
  });
});

/** What Packer 1.6.6 does not have yet. */
describe('newer functions', () => {
  it.each([
    ['regex("[a-z]+", "123abc456")', '"abc"'],
    ['regex("([a-z]+)([0-9]+)", "abc123")', '["abc","123"]'],
    ['regex("(?P<l>[a-z]+)(?P<n>[0-9]+)", "abc123")', '{"l":"abc","n":"123"}'],
    ['regexall("[a-z]", "a1b2")', '["a","b"]'],
    ['try(nosuch.x, "fallback")', '"fallback"'],
    ['can(nosuch)', 'false'],
    ['alltrue([true, "true"])', 'true'],
    ['anytrue([])', 'false'],
    ['sum([1, 2, 3.5])', '6.5'],
    ['startswith("abc", "ab")', 'true'],
    ['endswith("abc", "ab")', 'false'],
    ['strcontains("abc", "b")', 'true'],
    ['index(["a", "b"], "b")', '1'],
    ['merge()', '{}'],
    ['timestamp()', '"2026-01-31T12:00:00Z"'],
    ['legacy_isotime("Jan _2 06, 15h")', '"Jan 31 26, 12h"'],
    ['legacy_strftime("%Y-%j %H:%M")', '"2026-031 12:00"'],
    ['unix_timestamp_parse(0).rfc3339', '"1970-01-01T00:00:00Z"'],
    ['rfc3339_parse("2026-01-01T00:00:00+02:00").iso_week', '1'],
    ['base64gzip("")', '"H4sIAAAAAAAAAwMAAAAAAAAAAAA="'],
    ['textdecodebase64(textencodebase64("hé", "UTF-16LE"), "UTF-16LE")', '"hé"'],
    ['pathexpand("~/x")', '"/home/me/x"'],
    ['length(bcrypt("x", 4))', '60'],
    ['length(uuidv4())', '36'],
  ])('%s', (text, json) => expect(jsonOf(text)).toBe(json));
});

describe('wrong expressions say where and what', () => {
  it.each([
    ['upper(nam)', 7, '"nam" means nothing here.', 'Did you mean "name"?'],
    ['uper("x")', 1, 'There is no function "uper".', 'Did you mean "upper"?'],
    ['1 + "x"', 1, '"+" works on numbers, not on string.', 'Texts are joined by format() or in a template.'],
    ['{ a = 1 }.b', 11, 'There is no attribute "b".', 'Did you mean "a"?'],
    ['[1, 2][2]', 8, 'There is no such element: the list has 2 elements, counted from 0.', undefined],
    [
      '"a${["x"]}"',
      5,
      'This value is tuple([string]), which cannot be put into a text.',
      'join(" ", ...) makes a text of a list.',
    ],
    ['substr("x")', 1, 'substr() takes 3 arguments, not 1.', 'It is substr(string, offset, length).'],
    ['["a" "b"]', 6, 'Expected "," or "]" in the list, but found a string.', 'A comma is missing before it.'],
    [
      '"abc',
      1,
      'This string is not closed on its line.',
      'Add the missing quote, or use a heredoc (<<EOT) for several lines.',
    ],
    [
      '"a ${f("b")"',
      12,
      'This string is not closed on its line.',
      'Add the missing quote, or the "}" that ends what begins in column 4.',
    ],
    ["'x'", 1, 'The character "\'" means nothing here.', 'HCL has only double quotes.'],
    [
      '"\\x"',
      2,
      'The escape "\\\\x" means nothing in a string.',
      'Known: \\n \\r \\t \\" \\\\ \\uNNNN \\UNNNNNNNN; write "\\\\" for a backslash.',
    ],
    [
      'vault("a", "b")',
      1,
      'vault() asks a service over the network, which Goldsmith does not do.',
      'Give the value as a sensitive variable.',
    ],
    ['1 / 0', 1, 'A division by zero.', undefined],
    [
      'file("/no/such/file")',
      1,
      'file(): the file "/no/such/file" is not there.',
      'It was looked for at /no/such/file.',
    ],
  ])('%s', (text, column, message, hint) => {
    const error = errorOf(text);
    expect({ message: error.message, hint: error.hint, column: error.details.place?.column }).toEqual({
      message,
      hint,
      column,
    });
  });

  it('deep nesting is an error, not a crash', () => {
    for (const text of [
      '('.repeat(9999),
      '['.repeat(9999),
      '!'.repeat(9999),
      '"${'.repeat(9999),
      '1+'.repeat(9999),
      `x${'[0]'.repeat(9999)}`,
    ]) {
      expect(errorOf(text).code).toBe('bad-recipe');
    }
  });

  it('a regular expression cannot hang the reader', () => {
    expect(errorOf(`regex("^(a+)+$", "${'a'.repeat(5000)}!")`).message).toContain('matches nothing');
  });
});

describe('templates', () => {
  const text = (template: string): string => {
    const value = evaluate(parseTemplateText(new SourceText('t', template)), { variables, functions });
    return value.kind === 'string' ? value.value : toJson(value);
  };
  it.each([
    ['hello ${name}!', 'hello World!'],
    ['a ~ ${~ name ~} \n b', 'a ~World b'],
    ['%{ if count > 2 ~}\nyes\n%{ else ~}\nno\n%{ endif ~}\n', 'yes\n'],
    ['%{ for i, x in ["a", "b"] ~}\n${i}=${x}\n%{ endfor ~}\n', '0=a\n1=b\n'],
    ['$${x} %%{y} $ % $$ %%', '${x} %{y} $ % $$ %%'],
    ['%{ if false }x%{ endif }', ''],
    ['', ''],
  ])('%j', (template, rendered) => expect(text(template)).toBe(rendered));

  it('only one value stays what it is', () => expect(text('${count}')).toBe('3'));

  it.each(['%{ if true }', '%{ endif }', '${', '%{ nosuch }', '${name', '%{ for x }%{ endfor }'])(
    'refuses %j',
    template => {
      expect(() => text(template)).toThrow(GoldsmithError);
    },
  );
});

describe('heredocs', () => {
  const attribute = (text: string): string => {
    const body = parseFile(new SourceText('h', `x = ${text}\n`));
    const value = evaluate(body.attributes.get('x')?.value ?? parseExpressionText(new SourceText('', 'null')), {
      variables,
      functions,
    });
    return value.kind === 'string' ? value.value : toJson(value);
  };
  it.each([
    ['<<EOT\n  a\n b\nEOT', '  a\n b\n'],
    ['<<-EOT\n    a\n\n      ${name}\n    b\n  EOT', 'a\n\n  World\nb\n'],
    ['<<-EOT\n  ${name} x\n    y\nEOT', 'World x\n  y\n'],
    ['<<EOT\nno \\n escape "quoted"\nEOT', 'no \\n escape "quoted"\n'],
    ['<<EOT\r\na\r\nEOT', 'a\r\n'],
    ['<<EOT\nEOT', ''],
  ])('%j', (text, value) => expect(attribute(text)).toBe(value));
});
