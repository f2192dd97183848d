import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from '../../exec.ts';
import { GoldsmithError } from '../../model/failure.ts';
import { findProgram } from '../programs.ts';
import { MARK, proofInitrd } from './init.ts';

export interface Attempt {
  /** Absolute path of QEMU. */
  qemu: string;
  /** As for `-accel`. */
  accelerator: string;
  cpuModel: string;
  kernel: string;
  deadlineMs: number;
  signal: AbortSignal;
}

/** `hangs`: no user space before the deadline. `dies`: QEMU or the kernel gave up. */
export type Verdict =
  | { works: true; bootMs: number }
  | { works: false; how: 'hangs' | 'dies'; lastLine: string | undefined };

/**
 * Boots a real kernel to user space. Less is no proof: firmware, bootloaders and the kernel's decompressor run
 * well on hosts whose KVM then hangs for ever, so a payload of a few instructions would pass there.
 * Two CPUs, because bringing up the second is where broken hosts fail, too.
 * @throws an AbortError when `signal` fires.
 */
export async function proveAccelerator(attempt: Attempt): Promise<Verdict> {
  const folder = await mkdtemp(path.join(tmpdir(), 'goldsmith-proof-'));
  try {
    const initrd = path.join(folder, 'initrd');
    await writeFile(initrd, proofInitrd());
    return await boot(attempt, initrd);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function boot({ qemu, signal, deadlineMs, ...attempt }: Attempt, initrd: string): Promise<Verdict> {
  const started = performance.now();
  const [program, args] = mortal(qemu, qemuArguments(attempt, initrd));
  try {
    const { stdout, stderr } = await run(program, args, { signal, timeoutMs: deadlineMs });
    if (stdout.includes(MARK)) return { works: true, bootMs: Math.round(performance.now() - started) };
    return { works: false, how: 'dies', lastLine: lastLine(`${stdout}\n${stderr}`) };
  } catch (error) {
    if (!(error instanceof GoldsmithError)) throw error;
    const how = error.code === 'timed-out' ? 'hangs' : 'dies';
    return { works: false, how, lastLine: lastLine(error.details.lastLines?.join('\n') ?? error.message) };
  }
}

/** `setpriv` lets the kernel end QEMU when we die, however we do. */
const mortal = (qemu: string, args: string[]): [program: string, args: string[]] => {
  const setpriv = findProgram('setpriv');
  return setpriv ? [setpriv, ['--pdeathsig', 'KILL', qemu, ...args]] : [qemu, args];
};

const qemuArguments = (
  { accelerator, cpuModel, kernel }: Pick<Attempt, 'accelerator' | 'cpuModel' | 'kernel'>,
  initrd: string,
) => [
  ...['-accel', accelerator, '-machine', 'q35', '-cpu', cpuModel, '-smp', '2', '-m', '512M'],
  ...['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'],
  ...['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-serial', 'stdio'],
  ...['-kernel', kernel, '-initrd', initrd, '-append', 'console=ttyS0 panic=-1 loglevel=5'],
];

/** What explains a boot that did not end well: a hypervisor's own alarm, else the last line with words in it. */
export function lastLine(text: string): string | undefined {
  const lines = text
    .split(/\r?\n/)
    .map(line => line.replace(TERMINAL_CODES, '').trim())
    .filter(line => /\w/.test(line) && !OUR_OWN_DOING.test(line));
  const told = lines.some(line => DUMP.test(line)) ? STOPPED : lines.at(-1);
  return (lines.find(line => ALARM.test(line)) ?? told)?.slice(0, LONGEST_LINE);
}

const TERMINAL_CODES = /\x1b\[[0-9;?]*[A-Za-z]|\x1bc/g;
/** QEMU prints it and then all registers, and leaves the machine standing. */
const ALARM = /KVM internal error|KVM: entry failed|Assertion/;
/** The end of those registers, when what was said before them is lost. */
const DUMP = /^Code=/;
const STOPPED = 'QEMU printed its registers: the machine was stopped.';
const LONGEST_LINE = 120;
/** What QEMU says when the deadline ended it: no news to anyone. */
const OUR_OWN_DOING = /: terminating on signal \d+/;
