import { afterAll, describe, expect, it } from 'vitest';
import { EXPRESSIONS, WRONG_EXPRESSIONS } from '../hcl/expressions.ts';
import { hasPacker, Oracle } from './oracle.ts';

/** The table that our functions are tested with is what Packer says. */
describe.skipIf(!hasPacker)('the table of expressions is true', () => {
  const oracle = hasPacker ? new Oracle() : undefined;
  afterAll(() => oracle?.end());
  const texts = Object.keys(EXPRESSIONS);

  it(`${texts.length} expressions`, () => {
    if (!oracle) return;
    const locals = texts.map((text, index) => `  r${index} = jsonencode(${text})`);
    oracle.write('work/x.pkr.hcl', `locals {\n${locals.join('\n')}\n}\n`);
    const answers = oracle.console(
      'x.pkr.hcl',
      texts.map((_, index) => `local.r${index}`),
    );
    expect(Object.fromEntries(texts.map((text, index) => [text, answers[index]]))).toEqual(EXPRESSIONS);
  });

  it('Packer refuses the wrong ones', () => {
    if (!oracle) return;
    const accepted = WRONG_EXPRESSIONS.filter(text => {
      oracle.write(
        'work/x.pkr.hcl',
        `locals {\n  r = ${text}\n}\nsource "null" "x" {\n  communicator = "none"\n}\nbuild {\n  sources = ["source.null.x"]\n}\n`,
      );
      return oracle.validate('x.pkr.hcl').isValid;
    });
    expect(accepted).toEqual([]);
  });
});
