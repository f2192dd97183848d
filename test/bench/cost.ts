import { readFileSync } from 'node:fs';

/** What some work took. On a machine that others use, too, its processor time says more than the time that passed. */
export interface Cost {
  /** The time that passed. */
  ms: number;
  /** Processor time of all processes that it started, the machines among them. */
  cpuMs: number;
  /** The share of this machine's processors that its host gave to other machines meanwhile (proc_stat(5), `steal`). */
  stolen: number;
}

/** Linux counts in hundredths of a second, whatever its own clock (times(2), USER_HZ). */
const TICK_MS = 10;

/** Runs work that waits for the end of what it starts, one at a time. */
export async function costOf(work: () => unknown): Promise<Cost> {
  const [startedAt, cpuMs, host] = [performance.now(), childrenMs(), hostTicks()];
  await work();
  const now = hostTicks();
  return {
    ms: performance.now() - startedAt,
    cpuMs: childrenMs() - cpuMs,
    stolen: (now.stolen - host.stolen) / Math.max(1, now.all - host.all),
  };
}

/** Of the processes that ended, and of theirs (proc_pid_stat(5), `cutime` and `cstime`). */
function childrenMs(): number {
  const fields = afterName(readFileSync('/proc/self/stat', 'latin1'));
  return (Number(fields[13]) + Number(fields[14])) * TICK_MS;
}

/** The name, in brackets, may hold spaces. */
const afterName = (stat: string): string[] => stat.slice(stat.lastIndexOf(')') + 2).split(' ');

function hostTicks(): { stolen: number; all: number } {
  const [line = ''] = readFileSync('/proc/stat', 'latin1').split('\n');
  const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number);
  return { stolen: ticks[7] ?? 0, all: ticks.reduce((sum, one) => sum + one, 0) };
}
