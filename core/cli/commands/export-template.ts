import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { type Cli, type CommonOptions, resultLine, withExamples, withJson } from '../cli.ts';
import { formatProblem, shownPath } from '../errors.ts';
import { planOptions, type RecipeFlags, withRecipeOptions } from '../options.ts';

interface Flags extends RecipeFlags, CommonOptions {
  output?: string;
}

export function registerExportTemplate(program: Command, cli: Cli): void {
  const command = program
    .command('export-template')
    .argument('<image>', 'an image of lab.yaml, or the path of a Packer template')
    .description('Write an image as a Packer HCL2 template of its own, variables and functions resolved.');
  withRecipeOptions(command).option('-o, --output <file>', 'write it into this file instead of printing it');
  withExamples(withJson(command), [
    'export-template debian-13 > debian.pkr.hcl',
    'export-template old.json --only qemu -o new.pkr.hcl',
  ]).action((target: string, flags: Flags) => exportTemplate(target, flags, cli));
}

async function exportTemplate(target: string, flags: Flags, cli: Cli): Promise<void> {
  const { text, problems } = await (await cli.engine()).exportTemplate(target, planOptions(flags, cli.cwd));
  const file = flags.output === undefined ? undefined : path.resolve(cli.cwd, flags.output);
  if (file !== undefined) await writeFile(file, text);
  if (flags.json) return cli.print(resultLine({ text, problems, ...(file === undefined ? {} : { path: file }) }));
  // What is said of the template goes beside it, so that it can be redirected into a file.
  for (const problem of problems) cli.stderr.write(`${formatProblem(problem, cli.cwd, cli.style)}\n`);
  cli.print(file === undefined ? text.trimEnd() : `Wrote ${shownPath(file, cli.cwd)}.`);
}
