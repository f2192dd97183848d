import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { GoldsmithError } from '../../model/failure.ts';

const KEPT_LINES = 10;

export interface HypervisorExit {
  code: number | null;
  signal: NodeJS.Signals | null;
  lastLines: string[];
}

export interface Hypervisor {
  pid: number;
  /** Settles when the process is gone; never rejects. */
  exited: Promise<HypervisorExit>;
  kill(): void;
}

export interface HypervisorOptions {
  pidFile: string;
  /** The program's own words; their last lines explain a death. */
  logFile: string;
  /** False lets the process live on after us: only for a machine a person wants to keep. */
  diesWithUs: boolean;
}

/**
 * Starts a program that runs as long as the machine does (QEMU, swtpm): in a session of its own, so that Ctrl-C in
 * the terminal is ours to handle, and killed by the kernel when we die. The signal follows the death of the
 * *thread* that spawned it, so this is called on the main thread only.
 * @throws GoldsmithError `host-lacks` when the program or `setpriv` (util-linux) is missing.
 */
export async function startHypervisor(
  command: string,
  args: string[],
  options: HypervisorOptions,
): Promise<Hypervisor> {
  const log = openSync(options.logFile, 'a', 0o600);
  const [program, programArgs] = options.diesWithUs
    ? (['setpriv', ['--pdeathsig', 'KILL', command, ...args]] as const)
    : ([command, args] as const);
  const child = spawn(program, programArgs, { detached: true, stdio: ['ignore', log, log], env: environment() });
  closeSync(log);
  const pid = await started(child, program);
  writeFileSync(options.pidFile, String(pid), { mode: 0o600 });
  if (!options.diesWithUs) child.unref();
  return { pid, exited: ended(child, options.logFile), kill: () => void child.kill('SIGKILL') };
}

/** QEMU needs to find its helpers and nothing else of ours. */
const environment = (): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: process.env['HOME'],
  LC_ALL: 'C.UTF-8',
});

function started(child: ChildProcess, program: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('spawn', () => resolve(child.pid ?? 0));
    child.once('error', cause =>
      reject(
        new GoldsmithError('host-lacks', `${program} cannot be started: ${cause.message}.`, {
          hint: 'goldsmith doctor names the package.',
          cause,
        }),
      ),
    );
  });
}

const ended = (child: ChildProcess, logFile: string): Promise<HypervisorExit> =>
  new Promise(resolve => {
    child.once('exit', (code, signal) => resolve({ code, signal, lastLines: lastLines(logFile) }));
  });

/** The log may be gone already when the process was ended by giving its folder back. */
function lastLines(file: string): string[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter(line => line.trim() !== '').slice(-KEPT_LINES);
}
