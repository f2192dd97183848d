import { Command, CommanderError } from 'commander';
import type { Engine } from '../model/engine.ts';
import { GoldsmithError, toFailure } from '../model/failure.ts';
import { version } from '../own-files.ts';
import type { Cli, Surroundings } from './cli.ts';
import { COMMANDS } from './commands.ts';
import { exitStatusOf, formatFailure } from './errors.ts';
import { createStyle } from './style.ts';

/** Runs one command line (without program name) and returns the exit status. Never throws. */
export async function runCli(args: string[], surroundings: Surroundings): Promise<number> {
  const cli = createCli(surroundings);
  try {
    await (await createProgram(args, cli)).parseAsync(normalise(args), { from: 'user' });
    return cli.exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    return report(error instanceof CommanderError ? usageError(error) : error, args, cli);
  }
}

function createCli(surroundings: Surroundings): Cli {
  let engine: Promise<Engine> | undefined;
  return {
    ...surroundings,
    engine: () => {
      engine ??= surroundings.openEngine();
      return engine;
    },
    style: createStyle(surroundings.stdout, surroundings.env),
    print: text => void surroundings.stdout.write(`${text}\n`),
    exitCode: 0,
    failedStep: undefined,
  };
}

/** Only the command that runs is filled in; the others are a name and a summary for the help. */
async function createProgram(args: string[], cli: Cli): Promise<Command> {
  const program = new Command('goldsmith')
    .description('A local image lab: from an installer ISO to a tested, released VM image.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand(false)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: text => void cli.stdout.write(text),
      writeErr: text => void cli.stdout.write(text),
      outputError: () => {},
      getOutHelpWidth: () => Math.min(cli.stdout.columns ?? 100, 100),
    })
    .addHelpText('after', "\n'goldsmith COMMAND --help' explains a command. Start with: goldsmith build tiny");
  const wanted = wantedCommand(args);
  for (const [name, { summary, register }] of Object.entries(COMMANDS)) {
    if (name === wanted) await register(program, cli);
    else program.command(name).description(summary);
  }
  if (wanted === undefined) program.action(() => program.help());
  return program;
}

const wantedCommand = (args: string[]): string | undefined => normalise(args).find(arg => !arg.startsWith('-'));

/** `help X` is `X --help`; Packer's options with one dash are taken as they are typed in Packer's documents. */
function normalise(args: string[]): string[] {
  const [first, second, ...rest] = args;
  if (first === 'help') return second === undefined ? ['--help'] : [second, '--help', ...rest];
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  return args.map((arg, index) =>
    index < end && /^-(var|var-file|only|except|on-error|force|lenient|parallel-builds)(=|$)/.test(arg)
      ? `-${arg}`
      : arg,
  );
}

/** Commander says `error: what` and, in a second line, `(Did you mean that?)`. */
function usageError(error: CommanderError): GoldsmithError {
  const [first = '', ...others] = error.message.replace(/^error: /, '').split('\n');
  const message = `${first.charAt(0).toUpperCase()}${first.slice(1)}${/[.?!]$/.test(first) ? '' : '.'}`;
  const hint =
    others.join(' ').replace(/^\((.*)\)$/, '$1') || 'goldsmith --help lists commands, COMMAND --help its options.';
  return new GoldsmithError('usage', message, { hint });
}

/** After Ctrl-C whatever fails does so because of it. */
function report(thrown: unknown, args: string[], cli: Cli): number {
  const error = cli.signal.aborted ? new GoldsmithError('cancelled', 'Cancelled.', { cause: thrown }) : thrown;
  const failure = toFailure(error, cli.failedStep);
  if (isJsonWanted(args)) cli.print(JSON.stringify({ type: 'failure', ok: false, failure }));
  else cli.stderr.write(`${formatFailure(failure, cli.cwd, createStyle(cli.stderr, cli.env))}\n`);
  if (cli.env.GOLDSMITH_DEBUG === '1' && thrown instanceof Error) cli.stderr.write(`${thrown.stack ?? ''}\n`);
  return exitStatusOf(error);
}

function isJsonWanted(args: string[]): boolean {
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  return args.slice(0, end).includes('--json');
}
