import path from 'node:path';
import type { Command } from 'commander';
import { readCatalogue } from '../../recipe/builtin/catalogue.ts';
import { newLab } from '../../recipe/builtin/new-lab.ts';
import { type Cli, type CommonOptions, withExamples, withJson } from '../cli.ts';
import { shownPath } from '../errors.ts';

interface Flags extends CommonOptions {
  recipe: string;
  image?: string;
}

export function registerNew(program: Command, cli: Cli): void {
  const command = program
    .command('new')
    .argument('<folder>', 'the lab to make')
    .description('Make a lab of your own from a built-in recipe: a folder with lab.yaml, the recipe and a git history.')
    .requiredOption('-r, --recipe <name>', 'which recipe; `goldsmith recipes` lists them')
    .option('--image <name>', 'what the image is called (default: like the recipe)');
  withExamples(withJson(command), ['new homelab --recipe debian-13', 'new web --recipe rocky-10 --image web']).action(
    (folder: string, flags: Flags) => make(folder, flags, cli),
  );
}

async function make(folder: string, { recipe, image, json }: Flags, cli: Cli): Promise<void> {
  const made = await newLab(await readCatalogue(), {
    folder: path.resolve(cli.cwd, folder),
    recipe,
    ...(image === undefined ? {} : { image }),
  });
  if (json) {
    cli.print(JSON.stringify(made));
    return;
  }
  const shown = shownPath(made.folder, cli.cwd);
  cli.print(
    [
      `${shown} is a lab with the image ${made.image}${made.isCommitted ? ', in git' : ' (not in git: it has no name to commit as, or is missing)'}.`,
      '',
      `  cd ${shown}`,
      `  goldsmith plan ${made.image}`,
      `  goldsmith build ${made.image}`,
      '',
      'Your key, packages and the rest are variables in lab.yaml.',
    ].join('\n'),
  );
}
