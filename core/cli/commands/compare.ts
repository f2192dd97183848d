import type { Command } from 'commander';
import { AREAS, type Comparison, type Difference } from '../../model/comparison.ts';
import type { Engine } from '../../model/engine.ts';
import { plainText } from '../../model/plain-text.ts';
import { type Cli, type CommonOptions, withExamples, withJson } from '../cli.ts';
import { pickBuild } from '../pick.ts';
import type { Style } from '../style.ts';

const CHECKPOINT = /^[0-9a-f]{8}$/;

export function registerCompare(program: Command, cli: Cli): void {
  const command = program
    .command('compare')
    .argument('<one>', 'a build, the beginning or end of its name, an image, or the id of a checkpoint')
    .argument('<other>', 'another one')
    .description(
      'Compare two builds, or two branches of one by their checkpoints: inputs, answers, output, packages, times.',
    );
  withExamples(withJson(command), [
    'compare debian-13-20261120-101500-1a2b debian-13',
    'compare 27d4cc9f 7b64d0e6 --json',
  ]).action((one: string, other: string, flags: CommonOptions) => compare(one, other, flags, cli));
}

async function compare(one: string, other: string, { json }: CommonOptions, cli: Cli): Promise<void> {
  const engine = await cli.engine();
  const found = await engine.compare(await named(engine, one), await named(engine, other));
  cli.print(json ? JSON.stringify(found) : shown(found, cli.style));
}

const named = async (engine: Engine, name: string): Promise<string> =>
  CHECKPOINT.test(name) ? name : (await pickBuild(engine, name)).id;

function shown({ one, other, common, differences }: Comparison, { bold, dim, red, green }: Style): string {
  const areas = (Object.keys(AREAS) as Difference['area'][]).flatMap(area => {
    const own = differences.filter(difference => difference.area === area);
    return own.length === 0 ? [] : ['', bold(AREAS[area]), ...own.flatMap(lines)];
  });
  function lines({ name, one: left, other: right }: Difference): string[] {
    return [`  ${name}`, ...each(red, '-', left), ...each(green, '+', right)];
  }
  const from = common ? [dim(`Both grew from ${common.name} (${common.id}).`)] : [];
  const same = areas.length === 0 ? ['', 'No difference is known.'] : areas;
  return [red(`- ${one.title}`), green(`+ ${other.title}`), ...from, ...same].join('\n');
}

const each = (paint: (text: string) => string, sign: string, text: string | undefined): string[] =>
  text === undefined ? [] : text.split('\n').map(line => paint(`    ${sign} ${plainText(line)}`));
