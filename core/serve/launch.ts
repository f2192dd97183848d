import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ParsedArguments } from '../../electron/ipc/contract.ts';
import { type Failure, GoldsmithError } from '../model/failure.ts';
import type { Host } from './host.ts';

const POLL_MS = 50;
/** A plan of a large template on a slow host, with its probe of the accelerators. */
const LONGEST_MS = 120_000;

let count = 0;

/** Starts a build, with its variables in a file: on the command line every user of this host could read a password. */
export async function launchBuild(host: Host, args: ParsedArguments<'build.start'>): Promise<{ build: string }> {
  const variables = `${await stemOf(host)}-variables.json`;
  await writeFile(variables, JSON.stringify(args.variables), { mode: 0o600 });
  try {
    return await launch(host, buildArguments(args, variables), host.folder(args.folder));
  } finally {
    await rm(variables, { force: true });
  }
}

/** Starts a build that goes on from a checkpoint of one that has ended. */
export const launchRewind = (host: Host, build: string, checkpoint: string): Promise<{ build: string }> =>
  launch(host, ['rewind', '--json', '--on-error=ask', '--', build, checkpoint], host.folder(undefined));

async function stemOf(host: Host): Promise<string> {
  const dir = path.join(host.home.runtime, 'launch');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  return path.join(dir, `${process.pid}-${++count}`);
}

/**
 * Starts a build in a process of its own, just as a terminal would, and returns its name once it has a journal. So it
 * outlives this server, and a fault here ends no machine. What is refused before there is a journal is thrown.
 */
async function launch(host: Host, args: string[], cwd: string): Promise<{ build: string }> {
  const told = `${await stemOf(host)}.jsonl`;
  const output = await open(told, 'wx', 0o600);
  try {
    return { build: await untilStarted(start(host, args, cwd, output.fd), told) };
  } finally {
    await output.close();
    await rm(told, { force: true }); // the child still has it open: what it tells further goes nowhere
  }
}

/** Not through core/exec.ts: it must outlive us, with its output in a file that nobody has to read. */
function start(host: Host, args: string[], cwd: string, output: number): ChildProcess {
  const [program = '', ...first] = host.options.launcher;
  const child = spawn(program, [...first, ...args], {
    cwd,
    env: host.options.env,
    detached: true,
    stdio: ['ignore', output, output],
  });
  child.unref();
  return child;
}

function buildArguments(args: ParsedArguments<'build.start'>, variables: string): string[] {
  const { target, only, onError, channel, version, isCacheUsed, driver } = args;
  return [
    'build',
    '--json',
    `--on-error=${onError}`,
    `--var-json=${variables}`,
    ...(only === undefined ? [] : [`--only=${only}`]),
    ...(channel === undefined ? [] : [`--channel=${channel}`]),
    ...(version === undefined ? [] : [`--version=${version}`]),
    ...(driver === undefined ? [] : [`--driver=${driver.name}`]),
    ...(driver?.uri === undefined ? [] : [`--uri=${driver.uri}`]),
    ...(isCacheUsed ? [] : ['--no-cache']),
    '--',
    target,
  ];
}

async function untilStarted(child: ChildProcess, told: string): Promise<string> {
  let ended: { code: number | null } | undefined;
  child.once('exit', code => {
    ended = { code };
  });
  child.once('error', () => {
    ended = { code: null };
  });
  for (const deadline = performance.now() + LONGEST_MS; performance.now() < deadline; await sleep(POLL_MS)) {
    const wasEnded = ended;
    const lines = (await readFile(told, 'utf8')).split('\n');
    const build = startedBuild(lines);
    if (build !== undefined) return build;
    if (wasEnded) throw refused(lines, wasEnded.code);
  }
  throw new GoldsmithError('timed-out', 'The build did not start within two minutes.');
}

function startedBuild(lines: string[]): string | undefined {
  const line = lines.find(one => one.startsWith('{"type":"started"'));
  const event = parse(line ?? '') as { build?: string } | undefined;
  return event?.build;
}

function refused(lines: string[], code: number | null): GoldsmithError {
  const last = lines.map(parse).findLast(value => (value as { type?: string } | undefined)?.type === 'failure');
  const failure = (last as { failure?: Failure } | undefined)?.failure;
  if (failure) {
    const { message, hint, details } = failure;
    return new GoldsmithError(failure.code, message, { hint, ...(details ? { details } : {}) });
  }
  const lastLines = lines.filter(line => line.trim() !== '').slice(-10);
  return new GoldsmithError('unexpected', `The build ended at once, with status ${code}.`, { details: { lastLines } });
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
