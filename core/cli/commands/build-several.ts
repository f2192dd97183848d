import { availableParallelism, freemem } from 'node:os';
import { GoldsmithError, toFailure } from '../../model/failure.ts';
import type { Machine } from '../../model/machine.ts';
import type { Plan } from '../../model/plan.ts';
import type { Cli } from '../cli.ts';
import { exitStatusOf, formatFailure } from '../errors.ts';

export interface SeveralOptions {
  json?: boolean;
  /** Packer's `-parallel-builds`: 0 is all at once; undefined: as many as this host carries. */
  parallelBuilds?: number;
}

const MIB = 1024 * 1024;
/** Of the free memory; the rest is for QEMU itself, the host's caches and whoever works here. */
const MEMORY_SHARE = 0.75;

/** How many machines at once neither take each other's processors nor the host's memory; one at the least. */
export function carried(
  machines: Pick<Machine, 'cpus' | 'memoryMiB'>[],
  host = { processors: availableParallelism(), freeMiB: freemem() / MIB },
): number {
  const most = (all: number[]): number => Math.max(1, ...all);
  const byProcessors = Math.floor(host.processors / most(machines.map(({ cpus }) => cpus.count)));
  const byMemory = Math.floor((host.freeMiB * MEMORY_SHARE) / most(machines.map(({ memoryMiB }) => memoryMiB)));
  return Math.max(1, Math.min(machines.length, byProcessors, byMemory));
}

/**
 * Builds several builders of a template, some at the same time, each line with its builder's name. One that fails ends
 * none of the others; Ctrl-C ends all. Sets the exit status to that of the first, in the template's order, that failed.
 */
export async function buildSeveral(
  plans: Plan[],
  options: SeveralOptions,
  cli: Cli,
  buildOne: (builder: string, cli: Cli) => Promise<void>,
): Promise<void> {
  refuseSharedOutputs(plans);
  const builders = plans.map(({ builder }) => builder);
  const wanted = options.parallelBuilds ?? carried(plans.map(({ machine }) => machine));
  const limit = wanted === 0 ? builders.length : wanted;
  if (!options.json)
    cli.print(cli.style.bold(`${builders.length} builders, ${atOnce(Math.min(limit, builders.length))}.`));
  const failed = new Map<string, unknown>();
  const left = [...builders];
  const work = async (): Promise<void> => {
    for (let builder = left.shift(); builder !== undefined && !cli.signal.aborted; builder = left.shift()) {
      const own = options.json ? { ...cli } : labelled(builder, builders, cli);
      await buildOne(builder, own).catch((error: unknown) => {
        failed.set(builder, error);
        if (!cli.signal.aborted) tell(builder, error, own, options);
      });
    }
  };
  await Promise.all(Array.from({ length: limit }, work));
  if (cli.signal.aborted) throw new GoldsmithError('cancelled', 'Cancelled.');
  sumUp(builders, failed, cli, options);
}

const atOnce = (limit: number): string => (limit === 1 ? 'one after the other' : `${limit} at a time`);

/** Each of its lines begins with the builder's name. */
function labelled(builder: string, builders: string[], cli: Cli): Cli {
  const width = Math.max(...builders.map(({ length }) => length));
  const label = cli.style.cyan(`${builder.padEnd(width)} |`);
  const lines = (text: string): string[] => text.split('\n').filter(line => line.trim() !== '');
  return {
    ...cli,
    print: text =>
      cli.print(
        lines(text)
          .map(line => `${label} ${line}`)
          .join('\n'),
      ),
  };
}

function tell(builder: string, error: unknown, own: Cli, { json }: SeveralOptions): void {
  const failure = toFailure(error, own.failedStep);
  if (json) own.print(JSON.stringify({ type: 'failure', ok: false, builder, failure }));
  else own.print(formatFailure(failure, own.cwd, own.style));
}

/** The last line: what came of all. */
function sumUp(builders: string[], failed: Map<string, unknown>, cli: Cli, { json }: SeveralOptions): void {
  const first = builders.find(builder => failed.has(builder));
  if (first !== undefined) cli.exitCode = exitStatusOf(failed.get(first));
  const built = builders.filter(builder => !failed.has(builder));
  const lost = builders.filter(builder => failed.has(builder));
  if (json) {
    cli.print(JSON.stringify({ type: 'builds', ok: lost.length === 0, built, failed: lost }));
    return;
  }
  const { green, red } = cli.style;
  const parts = [
    built.length > 0 && green(`${built.length} of ${builders.length} built: ${built.join(', ')}.`),
    lost.length > 0 && red(`${lost.length} failed: ${lost.join(', ')}.`),
  ];
  cli.print(`\n${parts.filter(Boolean).join(' ')}`);
}

/** The second would find the first one's files, after its hours, or replace them with --force. */
function refuseSharedOutputs(plans: Plan[]): void {
  const owners = new Map<string, string>();
  for (const { outputs, builder } of plans) {
    const [folder] = (outputs[0] ?? '').match(/^.*(?=\/)/) ?? [];
    if (folder === undefined) continue;
    const other = owners.get(folder);
    if (other !== undefined) {
      throw new GoldsmithError('bad-recipe', `${other} and ${builder} have the same output directory, ${folder}.`, {
        hint: `Name it after the source (output_directory = "output-\${source.name}"), or choose one with --only.`,
      });
    }
    owners.set(folder, builder);
  }
}
