import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { exportTemplate } from '../../../core/recipe/export/template.ts';
import { readLab } from '../../../core/recipe/lab.ts';
import { readRecipe } from '../../../core/recipe/read.ts';
import { WIDE } from '../wide.ts';
import { hasPacker, Oracle } from './oracle.ts';

/** Packer 1.6 has it in JSON templates only. */
const KNOWN = WIDE.replace(/ {2}error-cleanup-provisioner[\s\S]*?\n {2}}\n/, '');

describe.skipIf(!hasPacker)('Packer accepts what is exported', () => {
  const oracle = hasPacker ? new Oracle() : undefined;
  afterAll(() => oracle?.end());

  async function validate(template: string, cwd: string): Promise<string> {
    const recipe = await readRecipe(template, {
      cwd,
      env: {},
      variables: path.basename(template) === 'debian.pkr.hcl' ? { iso_checksum: 'none' } : {},
    });
    const [builder] = recipe.builders;
    if (!oracle || !builder) return 'nothing to export';
    const file = oracle.write('work/exported.pkr.hcl', exportTemplate({ ...recipe, root: '/' }, builder).text);
    const { isValid, output } = oracle.validate(file);
    return isValid ? '' : output;
  }

  it('a template with something of everything', async () => {
    if (!oracle) return;
    for (const name of ['f.txt', 'http/p.cfg']) oracle.write(`work/${name}`, 'x');
    expect(await validate(oracle.write('work/wide.pkr.hcl', KNOWN), oracle.work)).toBe('');
  });

  it('every recipe of our own lab', async () => {
    const { images } = await readLab(path.resolve('lab.yaml'));
    for (const { recipe } of images) expect(await validate(recipe, path.resolve('.')), recipe).toBe('');
  });
});
