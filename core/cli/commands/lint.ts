import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { type AnswerKindName, KIND_NAMES } from '../../answers/kinds/kinds.ts';
import { type LintResult, lintAnswer } from '../../answers/lint/lint.ts';
import { askOther, MOST_ASKED, othersHere } from '../../answers/lint/others.ts';
import { FAILURES, GoldsmithError } from '../../model/failure.ts';
import { parseMiB } from '../../model/quantity.ts';
import { type Cli, type CommonOptions, withExamples, withJson } from '../cli.ts';
import { formatProblem } from '../errors.ts';

interface Flags extends CommonOptions {
  kind?: string;
  version?: string;
  disk?: string;
  others: boolean;
}

export function registerLint(program: Command, cli: Cli): void {
  const command = program
    .command('lint')
    .argument('<file...>', 'answer files: kickstart, preseed, autoinstall, cloud-init, install.conf')
    .description('Check answer files as their installers would read them, before anything is booted.')
    .option('--kind <kind>', `take them for one of ${KIND_NAMES.join(', ')}`)
    .option('--version <release>', 'of a kickstart: RHEL7 to RHEL10, F43; otherwise what any release takes is right')
    .option('--disk <size>', 'size of the disk, such as 20G: what is asked of it is added up')
    .option('--no-others', 'do not ask ksvalidator, debconf-set-selections and cloud-init, where they are installed');
  withExamples(withJson(command), [
    'lint http/preseed.cfg',
    'lint http/*.ks --version RHEL9',
    'lint seed/user-data --json | jq .files[].problems',
  ]).action((files: string[], flags: Flags) => lint(files, flags, cli));
}

async function lint(files: string[], flags: Flags, cli: Cli): Promise<void> {
  const kind = flags.kind === undefined ? undefined : requireKind(flags.kind);
  const diskMiB = flags.disk === undefined ? undefined : requireSize(flags.disk);
  const results: LintResult[] = [];
  for (const file of files)
    results.push(await lintFile(path.resolve(cli.cwd, file), { kind, version: flags.version, diskMiB }));
  const unasked = flags.others ? await askOthers(results, flags.version, cli) : [];
  const problems = results.flatMap(result => result.problems);
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  if (flags.json) cli.print(JSON.stringify({ files: results, errors, warnings: problems.length - errors }));
  else cli.print([shown(results, cli), ...unasked].join('\n'));
  if (errors > 0) cli.exitCode = FAILURES['bad-answers'].exit;
}

/** Adds what the installers' own checkers say. @returns which were not asked, and why */
async function askOthers(results: LintResult[], version: string | undefined, cli: Cli): Promise<string[]> {
  const programs = othersHere(results);
  if (programs.length === 0) return [];
  if (results.length > MOST_ASKED) return [`Not asked, for so many files: ${programs.join(', ')}.`];
  for (const result of results) result.problems.push(...(await askOther(result, version, cli.signal)));
  return [];
}

function requireSize(text: string): number {
  const mib = parseMiB(text);
  if (mib !== undefined) return mib;
  throw new GoldsmithError('usage', `${JSON.stringify(text)} is no size of a disk.`, { hint: 'For example 20G.' });
}

function requireKind(text: string): AnswerKindName {
  const kind = KIND_NAMES.find(name => name === text);
  if (kind) return kind;
  throw new GoldsmithError('usage', `There is no kind ${JSON.stringify(text)} of answer file.`, {
    hint: `Give one of ${KIND_NAMES.join(', ')}.`,
  });
}

async function lintFile(
  file: string,
  {
    kind,
    version,
    diskMiB,
  }: { kind: AnswerKindName | undefined; version: string | undefined; diskMiB: number | undefined },
): Promise<LintResult> {
  const content = await readFile(file).catch((cause: unknown) => {
    throw new GoldsmithError('not-found', `${file} cannot be read.`, { hint: 'Check its name and rights.', cause });
  });
  return lintAnswer(file, content, {
    ...(kind === undefined ? {} : { kind }),
    ...(version === undefined ? {} : { version }),
    ...(diskMiB === undefined ? {} : { diskMiB }),
  });
}

function shown(results: LintResult[], { cwd, style }: Cli): string {
  const problems = results.flatMap(result => result.problems);
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const skipped = results.filter(({ kind }) => kind === undefined);
  return [
    ...problems.map(problem => formatProblem(problem, cwd, style)),
    ...skipped.map(({ file }) => `${path.relative(cwd, file)}: no answer file that is known; not checked.`),
    `${results.length - skipped.length} file(s) checked: ${errors} error(s), ${problems.length - errors} warning(s).`,
  ].join('\n\n');
}
