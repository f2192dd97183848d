import { type Command, Option } from 'commander';
import type { BuildOptions } from '../../model/engine.ts';
import { GoldsmithError } from '../../model/failure.ts';
import { type Cli, resultLine, withExamples, withJson } from '../cli.ts';
import { pickBuild } from '../pick.ts';
import { createProgress, type ProgressOptions } from '../progress.ts';
import { afterFailure, afterSuccess, explained } from './build.ts';

interface Flags extends ProgressOptions {
  onError: BuildOptions['onError'];
  retry?: boolean;
  goOn?: boolean;
  keep?: boolean;
  discard?: boolean;
}

/** Flags that answer the question of a build that stands, and the keys of its choices. */
const ANSWERS = { retry: 'r', goOn: 'g', keep: 'k', discard: 'd' } as const;

export function registerRewind(program: Command, cli: Cli): void {
  const command = program
    .command('rewind')
    .argument('<build>', 'a build, the beginning or end of its name, or an image')
    .argument('[checkpoint]', 'id or name of one of its checkpoints')
    .description(
      'Go back to a moment of a build and on from there, with everything you have changed meanwhile. A build that has ended goes on as a new one.',
    )
    .addOption(
      new Option('--on-error <what>', 'when a step fails: remove the VM, keep it, or ask')
        .choices(['cleanup', 'keep', 'ask'])
        .default('ask'),
    )
    .option('--retry', 'answer a build that stands: do the failed step again, from the checkpoint before it')
    .option('--go-on', 'answer a build that stands: go on as if it had not failed')
    .option('--keep', 'answer a build that stands: end it and keep the machine')
    .option('--discard', 'answer a build that stands: end it and discard the machine')
    .option('--plain', 'one line for each event instead of live progress')
    .option('--verbose', 'with plain output: every line of the installer and the serial console too');
  withExamples(withJson(command), [
    "rewind debian-13 'before the answers'",
    'rewind debian-13-20261120-101500-1a2b 4f1c --on-error=keep',
    'rewind debian-13 --retry',
  ]).action((build: string, checkpoint: string | undefined, flags: Flags) => rewind(build, checkpoint, flags, cli));
}

async function rewind(named: string, checkpoint: string | undefined, flags: Flags, cli: Cli): Promise<void> {
  const engine = await cli.engine();
  const { id } = await pickBuild(engine, named);
  const answer = (Object.keys(ANSWERS) as (keyof typeof ANSWERS)[]).find(name => flags[name]);
  if (answer !== undefined) {
    await engine.answer(id, ANSWERS[answer]);
    return cli.print(flags.json ? resultLine({ build: id }) : `${id} goes on. goldsmith log ${id} -f`);
  }
  if (checkpoint === undefined) {
    throw new GoldsmithError('usage', 'Back to which checkpoint?', { hint: `goldsmith checkpoints ${id} lists them.` });
  }
  const progress = await createProgress(cli, flags);
  const watch = { signal: cli.signal, onEvent: progress.onEvent, ...(progress.ask ? { ask: progress.ask } : {}) };
  try {
    const result = await engine.rewind(id, checkpoint, { onError: flags.onError }, watch);
    progress.stop();
    if (flags.json) return cli.print(resultLine(result));
    cli.print('release' in result ? afterSuccess(result, cli) : `${result.build} goes back. goldsmith log ${id} -f`);
  } catch (error) {
    const state = progress.stop();
    cli.failedStep = state.failure?.step;
    if (!flags.json) cli.print((await explained(state, cli)) + afterFailure(state, cli));
    throw error;
  }
}
