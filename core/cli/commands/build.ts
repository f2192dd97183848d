import { stat } from 'node:fs/promises';
import path from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { BuildOptions, BuildResult } from '../../model/engine.ts';
import { GoldsmithError } from '../../model/failure.ts';
import { type BuildState, isBeforeLogin } from '../../model/fold.ts';
import type { Plan } from '../../model/plan.ts';
import { formatBytes } from '../../model/quantity.ts';
import { type Cli, resultLine, withExamples, withJson } from '../cli.ts';
import { shownPath } from '../errors.ts';
import {
  type DriverFlags,
  driverChoice,
  planOptions,
  type RecipeFlags,
  withDriverOptions,
  withRecipeOptions,
} from '../options.ts';
import { createProgress, type ProgressOptions } from '../progress.ts';
import { formatFields } from '../table.ts';
import { buildSeveral, type SeveralOptions } from './build-several.ts';
import { findingLines } from './explain.ts';

interface Flags extends RecipeFlags, DriverFlags, ProgressOptions, SeveralOptions {
  onError: BuildOptions['onError'];
  channel?: string;
  version?: string;
  cache: boolean;
  force?: boolean;
}

export function registerBuild(program: Command, cli: Cli): void {
  const command = program
    .command('build')
    .argument('[image]', 'an image of lab.yaml, or the path of a Packer template')
    .description(
      'Build an image: fetch, install, provision, seal, boot-test, release. Nothing is released that failed.',
    );
  withDriverOptions(withRecipeOptions(command))
    .addOption(
      new Option('--on-error <what>', 'when a step fails: remove the VM, keep it, or ask')
        .choices(['cleanup', 'keep', 'ask'])
        .default('cleanup'),
    )
    .option('--channel <name>', 'the channel that moves to the release (default: what lab.yaml says, or latest)')
    .option('--version <name>', 'the version to release (default: git describe, else the date)')
    .option('--no-cache', 'use nothing of earlier builds')
    .option('--force', "replace the template's output directory if it is there already")
    .addOption(
      new Option(
        '--parallel-builds <n>',
        'builders of a template that run at the same time; 0: all (default: as many as processors and memory carry)',
      ).argParser(wholeNumber),
    )
    .option('--plain', 'one line for each event instead of live progress')
    .option('--verbose', 'with plain output: every line of the installer and the serial console too');
  withExamples(withJson(command), [
    'build debian-13',
    'build debian-13 --var hostname=web --on-error=keep',
    'build packer/rocky.pkr.hcl --only qemu.rocky --json',
    'build templates/ubuntu.json -var-file=prod.json -force',
  ]).action((target: string | undefined, flags: Flags) => build(target, flags, cli));
}

async function build(target: string | undefined, flags: Flags, cli: Cli): Promise<void> {
  const name = target ?? (await onlyTarget(cli));
  const plans = await plansOf(name, flags, cli);
  if (plans.length < 2) return buildOne(name, flags, cli);
  await buildSeveral(plans, flags, cli, (builder, own) =>
    buildOne(name, { ...flags, only: [builder], except: [], plain: true, builder }, own),
  );
}

/** The builders of a template. An image of the lab is one, and a mistake in a template is told by the build itself. */
async function plansOf(name: string, flags: Flags, cli: Cli): Promise<Plan[]> {
  const isTemplate = await stat(path.resolve(cli.cwd, name)).then(
    () => true,
    () => false,
  );
  if (!isTemplate) return [];
  const engine = await cli.engine();
  return engine.plans(name, planOptions(flags, cli.cwd)).catch(() => []);
}

async function buildOne(name: string, flags: Flags, cli: Cli): Promise<void> {
  const engine = await cli.engine();
  const progress = await createProgress(cli, flags);
  const watch = { signal: cli.signal, onEvent: progress.onEvent, ...(progress.ask ? { ask: progress.ask } : {}) };
  let result: BuildResult;
  try {
    result = await engine.build(name, buildOptions(flags, cli.cwd), watch);
  } catch (error) {
    const state = progress.stop();
    cli.failedStep = state.failure?.step;
    if (!flags.json) cli.print((await explained(state, cli)) + afterFailure(state, cli));
    throw error;
  }
  progress.stop();
  const { builder } = flags;
  cli.print(flags.json ? resultLine({ ...(builder && { builder }), ...result }) : afterSuccess(result, cli));
}

function wholeNumber(text: string): number {
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is a whole number.');
}

const buildOptions = (flags: Flags, cwd: string): BuildOptions => ({
  ...planOptions(flags, cwd),
  onError: flags.onError,
  isCacheUsed: flags.cache,
  ...driverChoice(flags),
  ...(flags.force ? { isForced: true } : {}),
  ...(flags.channel === undefined ? {} : { channel: flags.channel }),
  ...(flags.version === undefined ? {} : { version: flags.version }),
});

/** Nothing named: not an error to guess at, but to help with. */
async function onlyTarget(cli: Cli): Promise<never> {
  const targets = await (await cli.engine()).targets();
  const names = targets.map(({ name }) => name).join(', ');
  throw new GoldsmithError('usage', 'Which image is to be built?', {
    hint: names ? `This lab has: ${names}.` : 'There is no lab.yaml here or above: name a Packer template.',
  });
}

/** What a person can do with a release. */
export function afterSuccess({ build: id, release, handOff }: BuildResult, cli: Cli): string {
  const { image, version, path, bytes, channels } = release;
  const fields = formatFields(
    [
      ['image', `${shownPath(path, cli.cwd)} (${formatBytes(bytes)})`],
      ['channels', channels.join(', ')],
      ['build', id],
      ...(handOff ? [['handed on', shownPath(handOff.dir, cli.cwd)] as [string, string]] : []),
      ['try it', `goldsmith run ${image}@${version}`],
    ],
    cli.style,
  );
  return `\n${cli.style.green(`Released ${image}@${version}.`)}\n${fields}`;
}

/** What the rules know of a failure; the error itself follows. A build that was cancelled needs no reason. */
export async function explained({ id, outcome }: BuildState, cli: Cli): Promise<string> {
  if (id === '' || outcome !== 'failed') return '';
  const explanation = await (await cli.engine()).explain(id).catch(() => undefined); // the failure itself is told anyway
  const lines = explanation ? findingLines(explanation, cli.style) : [];
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

/** Where to look next; the error itself follows. */
export function afterFailure(state: BuildState, cli: Cli): string {
  if (state.id === '') return '';
  const kept: [string, string][] = state.kept
    ? [
        [
          'the VM is kept',
          `goldsmith ${isBeforeLogin(state) ? 'shell' : 'ssh'} ${state.id}   goldsmith console ${state.id}`,
        ],
        ['end it', `goldsmith rm ${state.id}`],
      ]
    : [];
  const candidate: [string, string][] = state.candidate
    ? [['candidate', shownPath(state.candidate.path, cli.cwd)]]
    : [];
  const last = state.checkpoints.at(-1);
  const back: [string, string][] = last
    ? [['go back', `goldsmith rewind ${state.id} ${last.id}   (${last.name})`]]
    : [];
  return `\n${formatFields([...kept, ...candidate, ...back, ['whole log', `goldsmith log ${state.id}`]], cli.style)}\n`;
}
