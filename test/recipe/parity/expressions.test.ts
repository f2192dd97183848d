import { afterAll, describe, expect, it } from 'vitest';
import { evaluate } from '../../../core/recipe/hcl/evaluate.ts';
import { toJson } from '../../../core/recipe/hcl/functions/json.ts';
import { packerFunctions } from '../../../core/recipe/hcl/functions/table.ts';
import { parseExpressionText } from '../../../core/recipe/hcl/parse-body.ts';
import { SourceText } from '../../../core/recipe/source-text.ts';
import { EXPRESSIONS, WRONG_EXPRESSIONS } from './expressions.ts';
import { hasPacker, Oracle } from './oracle.ts';

const functions = packerFunctions({
  baseDirectory: '/',
  workingDirectory: '/',
  now: new Date(0),
  homeDirectory: '/root',
});
const ours = (text: string): string =>
  toJson(evaluate(parseExpressionText(new SourceText('x.pkr.hcl', text)), { variables: new Map(), functions }));

describe.skipIf(!hasPacker)('expressions have the values Packer gives them', () => {
  const oracle = hasPacker ? new Oracle() : undefined;
  afterAll(() => oracle?.end());

  it(`${EXPRESSIONS.length} expressions`, () => {
    if (!oracle) return;
    const locals = EXPRESSIONS.map((text, index) => `  r${index} = jsonencode(${text})`);
    oracle.write('work/x.pkr.hcl', `locals {\n${locals.join('\n')}\n}\n`);
    const answers = oracle.console(
      'x.pkr.hcl',
      EXPRESSIONS.map((_, index) => `local.r${index}`),
    );
    const theirs = Object.fromEntries(EXPRESSIONS.map((text, index) => [text, answers[index]]));
    expect(Object.fromEntries(EXPRESSIONS.map(text => [text, ours(text)]))).toEqual(theirs);
  });

  it.each(WRONG_EXPRESSIONS)('refuses %s', text => {
    if (!oracle) return;
    oracle.write(
      'work/x.pkr.hcl',
      `locals {\n  r = ${text}\n}\nsource "null" "x" {\n  communicator = "none"\n}\nbuild {\n  sources = ["source.null.x"]\n}\n`,
    );
    expect(oracle.validate('x.pkr.hcl').isValid).toBe(false);
    expect(() => ours(text)).toThrow();
  });
});
