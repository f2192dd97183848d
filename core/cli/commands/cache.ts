import { Argument, type Command } from 'commander';
import { GoldsmithError } from '../../model/failure.ts';
import type { Removal } from '../../model/image.ts';
import { formatBytes } from '../../model/quantity.ts';
import type { CachedLayer } from '../../model/stage.ts';
import { type Cli, type CommonOptions, withExamples, withJson } from '../cli.ts';
import { planOptions, type RecipeFlags, withRecipeOptions } from '../options.ts';
import { stageLines } from '../stage-lines.ts';
import type { Style } from '../style.ts';
import { formatTable } from '../table.ts';

interface Flags extends RecipeFlags, CommonOptions {
  all?: boolean;
}

/** What can be done with the cache, by the word a person types. */
const ACTIONS: Record<string, (what: string[], flags: Flags, cli: Cli) => Promise<void>> = {
  ls: (_what, flags, cli) => list(flags, cli),
  rm: remove,
  why,
};

export function registerCache(program: Command, cli: Cli): void {
  const command = program
    .command('cache')
    .addArgument(new Argument('[action]', 'what to do').choices(Object.keys(ACTIONS)).default('ls'))
    .argument('[what...]', 'rm: ids or their beginnings, builds or images; why: an image, or a Packer template')
    .description(
      'The stages that later builds begin from, and checkpoints: list them (ls), remove them with what stands on them (rm), or say which the next build takes and what has changed in the first that it does not (why).',
    )
    .option('--all', 'rm: everything that no build runs on');
  withRecipeOptions(command);
  withExamples(withJson(command), [
    'cache ls',
    'cache why debian-13',
    'cache rm 4f1c',
    'cache rm debian-13',
    'cache rm --all',
  ]).action((action: string, what: string[], flags: Flags) => ACTIONS[action]?.(what, flags, cli));
}

async function list({ json }: CommonOptions, cli: Cli): Promise<void> {
  const info = await (await cli.engine()).stages();
  if (json) return cli.print(JSON.stringify(info));
  const sum = info.layers.reduce((bytes, one) => bytes + one.bytes, 0);
  const room = `${formatBytes(sum)} of ${formatBytes(info.budgetBytes)}`;
  if (info.layers.length === 0) return cli.print(`No stage is kept. ${room}.`);
  const rows = info.layers.map(layer => rowOf(layer, cli.style));
  cli.print(formatTable(['ID', 'IMAGE', 'HOLDS', 'MADE', 'USED', 'SIZE', ''], rows, cli.style));
  cli.print(cli.style.dim(`${room}. What a person took goes first, then what was used least recently.`));
}

const rowOf = (layer: CachedLayer, style: Style): string[] => [
  style.bold(layer.id),
  layer.image,
  layer.stage === undefined ? `${layer.name} (not for other builds)` : `all up to ${layer.stage}`,
  minute(layer.at),
  minute(layer.usedAt),
  formatBytes(layer.bytes),
  layer.isInUse ? style.cyan('a build runs on it') : '',
];

/** `11-21 08:47`, UTC. */
const minute = (at: string): string => at.slice(5, 16).replace('T', ' ');

async function remove(what: string[], flags: Flags, cli: Cli): Promise<void> {
  const engine = await cli.engine();
  const removed: Removal[] =
    what.length > 0 || flags.all ? await engine.removeStages(flags.all ? undefined : what) : [];
  if (flags.json) return cli.print(JSON.stringify(removed));
  const freed = formatBytes(removed.reduce((bytes, one) => bytes + one.freedBytes, 0));
  cli.print(removed.length === 0 ? 'Nothing was removed.' : `Removed ${removed.length} stage(s), ${freed}.`);
}

async function why([image, ...others]: string[], flags: Flags, cli: Cli): Promise<void> {
  if (image === undefined || others.length > 0) throw new GoldsmithError('usage', 'Name one image: cache why IMAGE.');
  const { stages } = await (await cli.engine()).plan(image, planOptions(flags, cli.cwd));
  if (flags.json) return cli.print(JSON.stringify(stages));
  cli.print(
    stageLines(stages, cli.style).join('\n') || 'Nothing is known of its stages: no build has fetched its source.',
  );
}
