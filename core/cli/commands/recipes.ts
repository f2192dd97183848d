import { Argument, type Command } from 'commander';
import { type BuiltInRecipe, findRecipe, readCatalogue } from '../../recipe/builtin/catalogue.ts';
import { checkFreshness, type Freshness } from '../../recipe/builtin/newest.ts';
import { type Cli, type CommonOptions, withExamples, withJson } from '../cli.ts';
import { formatTable } from '../table.ts';

export function registerRecipes(program: Command, cli: Cli): void {
  const command = program
    .command('recipes')
    .addArgument(new Argument('[action]', 'check: ask the vendors for newer ISOs').choices(['check']))
    .argument('[name...]', 'only these recipes')
    .description('List the built-in recipes, or ask their vendors whether there are newer ISOs.');
  withExamples(withJson(command), ['recipes', 'recipes check', 'recipes check debian-13 --json']).action(
    (action: 'check' | undefined, names: string[], flags: CommonOptions) =>
      action === undefined ? list(flags, cli) : check(names, flags, cli),
  );
}

async function list(flags: CommonOptions, cli: Cli): Promise<void> {
  const { recipes } = await readCatalogue();
  if (flags.json) {
    cli.print(
      JSON.stringify({ recipes: recipes.map(({ name, title, template, ran }) => ({ name, title, template, ran })) }),
    );
    return;
  }
  const rows = recipes.map(({ name, title, template, ran }) => [
    name,
    title,
    `packer/${template}`,
    ran ? 'installed for real by the tests' : '',
  ]);
  cli.print(
    `${formatTable(['RECIPE', '', 'TEMPLATE', ''], rows, cli.style)}\n\nA lab of one: goldsmith new FOLDER --recipe NAME`,
  );
}

async function check(names: string[], flags: CommonOptions, cli: Cli): Promise<void> {
  const catalogue = await readCatalogue();
  const wanted = names.length === 0 ? catalogue.recipes : names.map(name => findRecipe(catalogue, name));
  const found = await Promise.all(
    wanted.map(async recipe => ({ recipe, freshness: await checkFreshness(catalogue, recipe, cli.signal) })),
  );
  if (flags.json) {
    cli.print(JSON.stringify({ recipes: found.map(({ recipe, freshness }) => ({ name: recipe.name, ...freshness })) }));
    return;
  }
  const unknown = found.filter(({ freshness }) => freshness.state === 'unknown');
  cli.print(formatTable(['RECIPE', 'ISO', ''], found.map(rowOf), cli.style));
  if (unknown.length > 0) cli.print(`\n${unknown.length} of ${found.length} could not be asked: is this host offline?`);
}

const rowOf = ({ recipe, freshness }: { recipe: BuiltInRecipe; freshness: Freshness }): string[] => [
  recipe.name,
  'version' in freshness ? freshness.version : '',
  SAID[freshness.state](freshness),
];

const SAID: Readonly<Record<Freshness['state'], (freshness: Freshness) => string>> = {
  current: () => 'the newest there is',
  newer: freshness => ('newest' in freshness ? `${freshness.newest} is out` : ''),
  rolling: () => 'always the newest',
  own: () => 'your own ISO',
  unknown: freshness => ('reason' in freshness ? `not known: ${freshness.reason}` : ''),
};
