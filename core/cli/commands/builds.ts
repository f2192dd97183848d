import type { Command } from 'commander';
import { STEPS } from '../../model/event.ts';
import { type BuildState, between } from '../../model/fold.ts';
import { formatMs } from '../../model/quantity.ts';
import { type Cli, type CommonOptions, withExamples, withJson } from '../cli.ts';
import { parseCount } from '../options.ts';
import { formatTable } from '../table.ts';

interface Flags extends CommonOptions {
  limit: number;
}

export function registerBuilds(program: Command, cli: Cli): void {
  const command = program
    .command('builds')
    .argument('[image]', 'only the builds of this image')
    .description('List the builds, newest first.')
    .option('--limit <count>', 'at most so many', parseCount, 20);
  withExamples(withJson(command), ['builds', 'builds debian-13 --json']).action(
    (image: string | undefined, flags: Flags) => builds(image, flags, cli),
  );
}

async function builds(image: string | undefined, flags: Flags, cli: Cli): Promise<void> {
  const all = await (await cli.engine()).builds();
  const shown = all.filter(build => image === undefined || build.image === image).slice(0, flags.limit);
  if (flags.json) return cli.print(JSON.stringify(shown));
  if (shown.length === 0) return cli.print('No builds yet. goldsmith build IMAGE makes one.');
  const rows = shown.map(build => [
    build.id,
    `${build.image}${build.version ? `@${build.version}` : ''}`,
    outcome(build, cli),
    duration(build),
    ending(build),
  ]);
  cli.print(formatTable(['BUILD', 'IMAGE', 'OUTCOME', 'TIME', ''], rows, cli.style));
}

function outcome({ outcome: how }: BuildState, { style }: Cli): string {
  const paint = {
    ok: style.green,
    failed: style.red,
    cancelled: style.yellow,
    interrupted: style.yellow,
    running: style.cyan,
  }[how];
  return paint(how);
}

const duration = ({ startedAt, finishedAt, at }: BuildState): string => formatMs(between(startedAt, finishedAt ?? at));

/** Where it is, or why it ended. */
function ending({ step, failure, kept, installer }: BuildState): string {
  if (failure) return `${failure.message}${kept ? ' (VM kept)' : ''}`;
  if (step === undefined) return '';
  return step === 'install' && installer
    ? `${STEPS[step]}: ${installer.stage} ${installer.percent ?? ''}`.trim()
    : STEPS[step];
}
