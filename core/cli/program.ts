import { Command, CommanderError } from 'commander';
import { FAILURES } from '../model/failure.ts';
import { Session } from './session.ts';

/** One command: its own file says what it takes; the engine behind it is loaded only when it runs. */
interface CommandRow {
  /** The file in commands/, and the name of the command. */
  name: string;
  load: () => Promise<{ register: (program: Command, session: Session) => void }>;
  summary: string;
}

const COMMANDS: readonly CommandRow[] = [
  { name: 'build', load: () => import('./commands/build.ts'), summary: 'build an image, test it and release it' },
  {
    name: 'plan',
    load: () => import('./commands/plan.ts'),
    summary: 'show everything a build would do; makes nothing',
  },
  { name: 'iso', load: () => import('./commands/iso.ts'), summary: 'make an installer ISO from packages' },
  { name: 'doctor', load: () => import('./commands/doctor.ts'), summary: 'look at this host, with a fix for each gap' },
  { name: 'builds', load: () => import('./commands/builds.ts'), summary: 'list builds' },
  { name: 'show', load: () => import('./commands/show.ts'), summary: 'show one build: steps, times, files, failure' },
  { name: 'log', load: () => import('./commands/log.ts'), summary: 'print the log of a build; -f follows it' },
  {
    name: 'images',
    load: () => import('./commands/images.ts'),
    summary: 'list images with their releases and channels',
  },
  { name: 'resolve', load: () => import('./commands/resolve.ts'), summary: 'print the path of a release' },
  { name: 'run', load: () => import('./commands/run.ts'), summary: 'start a throwaway machine from a release' },
  {
    name: 'console',
    load: () => import('./commands/console.ts'),
    summary: 'attach to the serial console of a machine',
  },
  { name: 'ssh', load: () => import('./commands/ssh.ts'), summary: 'log in to a running machine' },
  { name: 'promote', load: () => import('./commands/promote.ts'), summary: 'point a channel at a release' },
  { name: 'verify', load: () => import('./commands/verify.ts'), summary: 'compare a release with its manifest' },
  { name: 'rm', load: () => import('./commands/rm.ts'), summary: 'remove a release, a build or a machine' },
  {
    name: 'clean',
    load: () => import('./commands/clean.ts'),
    summary: 'give back what crashed builds left; remove garbage',
  },
];

/** Runs one command line. @returns the exit status (FAILURES says what each means) */
export async function runProgram(argv: string[]): Promise<number> {
  const session = new Session();
  try {
    const program = await programFor(argv, session);
    await program.parseAsync(argv, { from: 'user' });
    return session.exitStatus;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : FAILURES.usage.exit;
    return session.fail(error);
  }
}

/** Only the named command's own file is loaded, which keeps `--help` quick. */
async function programFor(argv: string[], session: Session): Promise<Command> {
  const program = new Command('goldsmith')
    .description('A local-first image lab: from an installer ISO to a tested, released VM image.')
    .showSuggestionAfterError()
    .showHelpAfterError('(goldsmith --help lists the commands)')
    .exitOverride()
    .addHelpText('after', EXAMPLES);
  const wanted = argv.find(word => !word.startsWith('-'));
  const helped = wanted === 'help' ? argv[argv.indexOf('help') + 1] : wanted;
  for (const row of COMMANDS) {
    if (row.name === helped) (await row.load()).register(program, session);
    else program.command(row.name).description(row.summary).allowUnknownOption();
  }
  for (const command of program.commands) command.exitOverride();
  return program;
}

const EXAMPLES = `
Examples:
  goldsmith build tiny            the whole pipeline in under two minutes
  goldsmith build debian-13       Debian from its own installer
  goldsmith plan my.pkr.hcl       what an existing Packer template would do
  goldsmith run debian-13         a throwaway machine of the newest release
`;
