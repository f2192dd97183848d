import type { Command } from 'commander';
import type { BuildDetails } from '../../model/engine.ts';
import { STEPS } from '../../model/event.ts';
import { type BuildState, between } from '../../model/fold.ts';
import { formatBytes, formatMs } from '../../model/quantity.ts';
import { resourceName } from '../../model/resource.ts';
import { type Cli, type CommonOptions, withExamples, withJson } from '../cli.ts';
import { formatFailure } from '../errors.ts';
import { pickBuild } from '../pick.ts';
import { formatFields } from '../table.ts';

export function registerShow(program: Command, cli: Cli): void {
  const command = program
    .command('show')
    .argument('[build]', 'a build, the beginning or end of its name, or an image (default: the newest build)')
    .description('Show one build: its steps, requests, tests, files and how it ended.');
  withExamples(withJson(command), ['show', 'show debian-13 --json | jq .state.failure']).action(
    (build: string | undefined, flags: CommonOptions) => show(build, flags, cli),
  );
}

async function show(named: string | undefined, flags: CommonOptions, cli: Cli): Promise<void> {
  const engine = await cli.engine();
  const details = await engine.show((await pickBuild(engine, named)).id);
  cli.print(flags.json ? JSON.stringify(details) : formatDetails(details, cli));
}

function formatDetails(details: BuildDetails, cli: Cli): string {
  const { state, files } = details;
  const { style } = cli;
  const parts = [
    formatFields(headFields(details), style),
    formatFields(stepFields(state), style),
    formatFields(
      state.requests.map(({ path, status, bytes }) => [path, `${status}, ${formatBytes(bytes)}`]),
      style,
    ),
    formatFields(
      state.tests.map(({ name, ok, ms, reason }) => [
        name,
        `${ok ? style.green('ok') : style.red('FAILED')} ${formatMs(ms)}${reason ? `  ${reason}` : ''}`,
      ]),
      style,
    ),
    state.warnings
      .map(({ message, hint }) => `${style.yellow(style.marks.warning)} ${message}${hint ? ` (${hint})` : ''}`)
      .join('\n'),
    formatFields(
      files.map(({ path, bytes }) => [path, formatBytes(bytes)]),
      style,
    ),
    state.failure ? formatFailure(state.failure, cli.cwd, style) : '',
  ];
  return parts.filter(part => part !== '').join('\n\n');
}

function headFields({ state, dir, vm }: BuildDetails): [string, string | undefined][] {
  return [
    ['build', state.id],
    ['image', `${state.image}${state.version ? `@${state.version}` : ''}`],
    ['outcome', state.outcome],
    ['started', state.startedAt],
    ['time', formatMs(between(state.startedAt, state.finishedAt ?? state.at))],
    ['release', state.release && `${state.release.path} (${state.release.id})`],
    ['candidate', state.release ? undefined : state.candidate?.path],
    ['folder', dir],
    ['machine', vm && `running, process ${vm.pid || 'of libvirt'}: goldsmith console ${state.id}`],
    ['not given back', state.outcome === 'running' ? undefined : heldNames(state)],
  ];
}

const heldNames = ({ held }: BuildState): string =>
  held.map(({ resource }) => `${resource.kind} ${resourceName(resource)}`).join('\n');

const stepFields = ({ steps, at }: BuildState): [string, string][] =>
  steps.map(({ name, state, ms, startedAt, detail }) => [
    STEPS[name],
    `${state} ${formatMs(ms ?? between(startedAt, at))}${detail ? `  ${detail}` : ''}`,
  ]);
