import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import type { EventOf, Stamped } from '../../core/model/event.ts';
import { goldsmithHome, type Home } from '../../core/store/paths.ts';

const MAIN = path.resolve('out/cli/main.js');
export const RECIPE = path.resolve('packer/tiny/tiny.pkr.hcl');

/** The test home keeps its caches between runs; the folder itself is made by test/run.sh. */
export const home: Home = goldsmithHome({ ...process.env, GOLDSMITH_HOME: testHome() });

function testHome(): string {
  const dir = process.env.GOLDSMITH_HOME ?? path.join(tmpdir(), 'goldsmith-test-home');
  mkdirSync(dir, { recursive: true });
  return dir;
}

/** How this lab boots the tiny installer, so that one installation in the stage cache serves all who take it from there. */
export const DIRECT = (
  parse(readFileSync('lab.yaml', 'utf8')) as {
    images: { tiny: { boot: { direct: { kernel: string; initrd: string; append: string } } } };
  }
).images.tiny.boot;

/** The shortest proof of a candidate, for tests that are about something else: one clone boots, once. */
export const ONE_BOOT = { user: 'root', timeout: '9m', clones: 1, boots: 1 };

/** No proof of a candidate: for tests that never come to one, or that boot the release themselves. */
export const UNBOOTED = { seed: 'none', user: 'root' };

/**
 * For a build that is not about the installation: what the recipe does may come out of the stage cache, as a person's
 * own second build has it. Its release is made anew: no other has this description.
 */
export const installedBefore = (): Record<string, unknown> => ({
  stage_cache: true,
  boot_test: UNBOOTED,
  description: `made by ${randomUUID()}`,
});

/** A lab in a temporary folder with one image made from the tiny recipe. */
export function makeLab(name: string, image: Record<string, unknown>): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-lab-'));
  const full = {
    recipe: RECIPE,
    iso: 'tiny',
    installer: 'tiny',
    boot: DIRECT,
    boot_test: { user: 'root', timeout: '9m' },
    stage_cache: false, // what is tested is to happen each time
    ...image,
  };
  writeFileSync(path.join(dir, 'lab.yaml'), stringify({ images: { [name]: full } }));
  return dir;
}

export interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
  events: Stamped[];
}

export interface Running {
  child: ChildProcess;
  ended: Promise<Ended>;
  /** Those that came until now. */
  events: readonly Stamped[];
  /** Resolves at the first event that fits. */
  event(fits: (event: Stamped) => boolean): Promise<Stamped>;
}

/**
 * Starts the real command line in a folder. With `--json` its events can be waited for.
 * @param through a command that runs it, such as `nsenter`
 */
export function start(args: string[], cwd: string, env: Record<string, string> = {}, through: string[] = []): Running {
  const [program = '', ...rest] = [...through, process.execPath, MAIN, ...args];
  const child = spawn(program, rest, {
    cwd,
    env: { ...process.env, GOLDSMITH_HOME: testHome(), GOLDSMITH_STAGES: '4G', ...env },
  });
  const events: Stamped[] = [];
  const waiters: { fits: (event: Stamped) => boolean; resolve: (event: Stamped) => void }[] = [];
  let stdout = '';
  let stderr = '';
  let line = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk;
    const lines = (line + chunk).split('\n');
    line = lines.pop() ?? '';
    for (const line of lines) take(line);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  const take = (line: string): void => {
    if (!line.startsWith('{"')) return;
    const event = JSON.parse(line) as Stamped;
    events.push(event);
    for (const waiter of waiters) if (waiter.fits(event)) waiter.resolve(event);
  };
  const ended = new Promise<Ended>(resolve =>
    child.once('close', status => resolve({ status, stdout, stderr, events })),
  );
  return {
    child,
    ended,
    events,
    event: fits => {
      const already = events.find(fits);
      return already ? Promise.resolve(already) : new Promise(resolve => waiters.push({ fits, resolve }));
    },
  };
}

/** Whether an event is of a type, and after another one. */
export const isEvent =
  <T extends Stamped['type']>(type: T, after = 0) =>
  (event: Stamped): event is Stamped & EventOf<T> =>
    event.type === type && event.seq > after;

/** The next event of a type after another one. @throws Error when the build ends without it */
export async function nextEvent<T extends Stamped['type']>(running: Running, type: T, after: Stamped | undefined) {
  const isWanted = isEvent(type, after?.seq);
  const over = running.ended.then(({ stderr, events }) => {
    if (!events.some(isWanted)) throw new Error(`The build ended without "${type}".\n${stderr}`);
    return running.event(isWanted);
  });
  return (await Promise.race([running.event(isWanted), over])) as Stamped & EventOf<T>;
}

export const goldsmith = (
  args: string[],
  cwd: string,
  env?: Record<string, string>,
  through?: string[],
): Promise<Ended> => start(args, cwd, env, through).ended;

/** What the serial console shows after Enter, up to a text; Ctrl-] leaves it. */
export async function shownAtConsole(
  command: string[],
  lab: string,
  text: string,
  env: Record<string, string> = {},
  through: string[] = [],
): Promise<string> {
  const running = start(command, lab, env, through);
  const shown = new Promise<void>(resolve => {
    let seen = '';
    running.child.stdout?.on('data', (chunk: Buffer) => {
      seen += chunk;
      if (seen.includes(text)) resolve();
    });
  });
  running.child.stdin?.write('\n');
  await Promise.race([shown, running.ended]);
  running.child.stdin?.write('\x1d');
  return (await running.ended).stdout;
}

/** Waits for a command that must succeed. @throws Error with what it said instead */
export async function succeeded(ending: Promise<Ended> | Ended): Promise<Ended> {
  const ended = await ending;
  if (ended.status === 0) return ended;
  const last = ended.stdout.trim().split('\n').slice(-3).join('\n');
  throw new Error(`It ended with ${ended.status}.\n${ended.stderr}\n${last}`);
}

/** Moments that lack a memory which the machine had. */
export const diskOnly = ({ events }: Pick<Ended, 'events'>): string[] =>
  events.flatMap(event => {
    if (event.type !== 'checkpoint' || event.checkpoint.diskOnly === undefined) return [];
    return event.checkpoint.name === 'installed' ? [] : [event.checkpoint.name]; // it was off then
  });

/** The last line of `--json` output. */
export const resultOf = (ended: Ended): Record<string, unknown> =>
  JSON.parse(ended.stdout.trim().split('\n').at(-1) ?? '{}') as Record<string, unknown>;

/** Command lines of living processes that hold a text: zombies have none. */
export const processesWith = (text: string): string[] =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap(pid => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return command.includes(text) ? [command] : [];
      } catch {
        return [];
      }
    });

/** What a command says once it succeeds: a guest takes its time to boot. */
export async function answered(ask: () => Promise<Ended>): Promise<string> {
  const deadline = Date.now() + 120_000;
  for (;;) {
    const { status, stdout, stderr } = await ask();
    if (status === 0) return stdout;
    if (Date.now() > deadline) throw new Error(stderr);
    await sleep(1000);
  }
}

/** Addresses on which a process serves TCP where guests could come, without the loopback. @param through as `start` */
export function addressesOf(pid: number, through: string[]): string[] {
  const ss = ['ss', '--listening', '--tcp', '--numeric', '--processes', '--no-header'];
  const [program = '', ...args] = [...through, ...ss];
  const lines = execFileSync(program, args, { encoding: 'utf8' }).split('\n');
  const ours = lines.filter(line => line.includes(`pid=${pid},`)).map(line => line.trim().split(/\s+/)[3] ?? '');
  const addresses = ours.map(address => address.replace(/:\d+$/, ''));
  return [...new Set(addresses)].filter(address => address !== '127.0.0.1');
}

export async function until(condition: () => boolean, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    if (condition()) return true;
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  return condition();
}

/** Ends a build's machine as no one should. `started`: the event that names the build. */
export async function killMachine(lab: string, started: { type: string; build?: string } | undefined): Promise<void> {
  const machines = JSON.parse((await goldsmith(['run', '--json'], lab)).stdout) as { id: string; pid: number }[];
  const machine = machines.find(({ id }) => id === started?.build);
  if (!machine) throw new Error('The machine does not run.');
  process.kill(machine.pid, 'SIGKILL');
}
