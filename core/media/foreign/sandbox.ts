import { stat } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../../exec.ts';
import { GoldsmithError } from '../../model/failure.ts';
import type { QemuFormat } from '../qemu-img.ts';

/** What qemu-img may take for an image from outside. */
const LIMITS = {
  /** Address space; a convert needs some hundred MiB. */
  memoryBytes: 4 * 1024 ** 3,
  openFiles: 64,
  cpuSeconds: 4 * 3600,
} as const;

/** How far a program was shut in. `files`: it sees nothing of this host but the one image and the one folder. */
export type Walls = 'files' | 'limits';

export interface Conversion {
  from: { path: string; format: QemuFormat };
  /** A qcow2 that is not there yet, in a folder of its own. */
  to: string;
  /** The file written may not become larger. */
  maxBytes: number;
  signal: AbortSignal;
  onProgress?: (fraction: number) => void;
}

/**
 * Converts an image from outside with qemu-img shut in: no network, no other file, limits for memory, time and what it
 * writes. Where the kernel allows no namespaces, the limits alone hold: the image was inspected before.
 */
export async function convertInSandbox(conversion: Conversion): Promise<Walls> {
  const walls = await wallsHere(conversion.signal);
  const { from, to, maxBytes, signal, onProgress } = conversion;
  const isShutIn = walls === 'files';
  const source = isShutIn ? '/in/image' : path.resolve(from.path);
  const target = isShutIn ? `/out/${path.basename(to)}` : path.resolve(to);
  const program = ['qemu-img', 'convert', '-p', '-f', from.format, '-O', 'qcow2', source, target];
  const [command = '', ...args] = [
    ...limits(maxBytes),
    ...(isShutIn
      ? bubble([
          ['--ro-bind', path.resolve(from.path), '/in/image'],
          ['--bind', path.dirname(path.resolve(to)), '/out'],
        ])
      : []),
    ...program,
  ];
  await run(command, args, {
    signal,
    timeoutMs: LIMITS.cpuSeconds * 1000,
    onOutput: piece => {
      const last = [...piece.matchAll(/\((\d+(?:\.\d+)?)\/100%\)/g)].at(-1)?.[1];
      if (last !== undefined) onProgress?.(Number(last) / 100);
    },
  }).catch(cause => {
    throw notReadable(from, cause);
  });
  return walls;
}

/** Its tables were right, what they lead to is not. A full disk is said by who knows its place. */
function notReadable(from: Conversion['from'], cause: unknown): unknown {
  if (!(cause instanceof GoldsmithError) || cause.code !== 'program-failed') return cause;
  const said = cause.details.lastLines?.at(-1) ?? '';
  if (/No space left|quota exceeded/.test(said)) return new GoldsmithError('disk-full', said, { cause });
  if (/File too large/.test(said)) return cause;
  const why = said.replace(/^qemu-img: /, '');
  return new GoldsmithError('source-unsafe', `${from.path} cannot be read to its end: ${why}`, {
    hint: 'It is damaged, or was made to look so. Get it again, or check it where it came from.',
    details: cause.details,
    cause,
  });
}

/** prlimit(1), setpriv(1): what a process and its children may take, and that they gain no rights. */
const limits = (maxBytes: number): string[] => [
  'prlimit',
  `--as=${LIMITS.memoryBytes}`,
  `--fsize=${maxBytes}`,
  `--nofile=${LIMITS.openFiles}`,
  `--cpu=${LIMITS.cpuSeconds}`,
  '--core=0',
  'setpriv',
  '--no-new-privs',
  '--pdeathsig=KILL',
];

const SYSTEM_FOLDERS = ['/usr', '/lib', '/lib64', '/bin', '/etc/ld.so.cache'];

/** bubblewrap(1): namespaces of its own, and a root that holds programs and libraries only. */
const bubble = (binds: string[][]): string[] => [
  'bwrap',
  '--unshare-all',
  '--die-with-parent',
  '--new-session',
  '--clearenv',
  ...['--setenv', 'PATH', '/usr/bin:/bin'],
  ...SYSTEM_FOLDERS.flatMap(folder => ['--ro-bind-try', folder, folder]),
  ...['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp'],
  ...binds.flat(),
  '--',
];

let known: Promise<Walls> | undefined;

/** Whether namespaces work here: containers and hardened kernels forbid them. Asked once. */
export function wallsHere(signal: AbortSignal): Promise<Walls> {
  known ??= probe(signal);
  return known;
}

async function probe(signal: AbortSignal): Promise<Walls> {
  const qemuImg = await stat('/usr/bin/qemu-img').catch(() => undefined);
  if (!qemuImg) return 'limits'; // elsewhere than in /usr: not to be seen from inside
  const [command = '', ...args] = [...bubble([]), 'qemu-img', '--version'];
  return run(command, args, { signal, timeoutMs: 10_000 }).then(
    () => 'files',
    () => 'limits',
  );
}
