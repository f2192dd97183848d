import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { build, Folder, source } from './folder.ts';

const folder = new Folder();
afterAll(() => folder.end());
const shell = '  provisioner "shell" {\n    scripts = ["scripts/a.sh"]\n  }';

describe('the folder that paths are relative to', () => {
  it('is the working directory, as for Packer', async () => {
    folder.write({ 'w/scripts/a.sh': '', 'w/t/t.pkr.hcl': source() + build(shell) });
    const recipe = await folder.read('t/t.pkr.hcl', { cwd: path.join(folder.path, 'w') });
    expect(recipe.root).toBe(path.join(folder.path, 'w'));
    expect(recipe.problems.filter(problem => problem.severity === 'note')).toEqual([]);
  });

  it('is found from elsewhere, with a note', async () => {
    mkdirSync(path.join(folder.path, 'elsewhere'));
    const recipe = await folder.read('../w/t/t.pkr.hcl', { cwd: path.join(folder.path, 'elsewhere') });
    expect(recipe.root).toBe(path.join(folder.path, 'w'));
    expect(recipe.problems).toContainEqual(
      expect.objectContaining({
        severity: 'note',
        message: `Relative paths are taken from ${recipe.root}, where the recipe's files are.`,
      }),
    );
  });

  it('holds all files a recipe names, or the first missing one is told', async () => {
    folder.write({ 'x/t.pkr.hcl': source('  floppy_files = ["none/*.cfg"]') + build(shell) });
    const error = await folder.error('x/t.pkr.hcl');
    expect(error).toMatchObject({
      code: 'bad-recipe',
      message: '"scripts": the file "scripts/a.sh" is not there.',
      details: { place: { line: 10, column: 15 } },
    });
  });
});
