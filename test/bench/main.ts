import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { formatBytes, formatMs } from '../../core/model/quantity.ts';
import { bareInstaller } from './bare-installer.ts';
import { type Cost, costOf } from './cost.ts';
import { median } from './median.ts';
import { packerBuild } from './packer-build.ts';

/**
 * `npm run bench [-- tiny|debian-13 [--compare]]`: figures of one run on this machine; medians where a thing is quick.
 * `--compare` (debian-13): side by side with the installer alone and with Packer, one after the other; each with the
 * processor time of its machines, since other machines on the same host may take that away from one and not from another.
 */

const RUNS = 11;
const MAIN = ['out/cli/main.js'];

/** Wall time of a whole process, in ms. */
function timeOf(program: string, args: string[]): number {
  const startedAt = performance.now();
  execFileSync(program, args, { stdio: 'ignore' });
  return performance.now() - startedAt;
}

/** Time until a process has printed its first line, in ms. */
const firstLine = (program: string, args: string[]): Promise<number> =>
  new Promise(resolve => {
    const startedAt = performance.now();
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    child.stdout.once('data', () => resolve(performance.now() - startedAt));
  });

/** Resident memory of a process that has opened the engine and read its store, in bytes. */
function idleMemory(): number {
  const code =
    "const { openEngine } = await import('./out/core/engine/open.js'); const engine = await openEngine({ cwd: process.cwd() });" +
    "await engine.builds(); await engine.images(); const fs = await import('node:fs');" +
    "console.log(/VmRSS:\\s+(\\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1]);";
  return Number(execFileSync(process.execPath, ['--input-type=module', '-e', code]).toString()) * 1024;
}

interface Step {
  type: string;
  step?: string;
  ms?: number;
}

/** Builds an image from its ISO, past the cache, and prints the time of each step. */
function pipeline(image: string): void {
  const output = execFileSync(process.execPath, [...MAIN, 'build', image, '--no-cache', '--json'], {
    maxBuffer: 1 << 30,
  }).toString();
  for (const line of output.split('\n').filter(text => text.includes('"step-finished"'))) {
    const { step = '', ms: stepMs = 0 } = JSON.parse(line) as Step;
    print(`  ${step}`, formatMs(stepMs));
  }
}

const print = (what: string, figure: string): void => void process.stdout.write(`${what.padEnd(44)} ${figure}\n`);

/** The path of the ISO that the build used. */
function isoPath(): string {
  const output = execFileSync(process.execPath, [...MAIN, 'iso', 'debian-13', '--json'])
    .toString()
    .trim();
  return (JSON.parse(output.slice(output.lastIndexOf('\n') + 1)) as { path: string }).path;
}

const printCost = (what: string, { ms, cpuMs, stolen }: Cost): void =>
  print(what, `${formatMs(ms)} (processors ${formatMs(cpuMs)}; taken away ${Math.round(stolen * 100)} %)`);

const printRatio = (what: string, ours: Cost, theirs: Cost): void =>
  print(what, `${(ours.ms / theirs.ms).toFixed(2)} (processors ${(ours.cpuMs / theirs.cpuMs).toFixed(2)})`);

async function compare(ours: Cost): Promise<void> {
  const iso = isoPath();
  const bare = await costOf(() => bareInstaller(iso));
  printCost('the installer alone, an ordinary preseed', bare);
  printRatio('Goldsmith to the release / the installer alone', ours, bare);
  let loginMs = Number.NaN;
  const packer = await costOf(async () => {
    loginMs = await packerBuild(iso);
  });
  print('Packer, an ordinary preseed, to its first login', formatMs(loginMs));
  printCost('Packer, whole (not sealed, not tested)', packer);
  printRatio('Goldsmith to the release / Packer whole', ours, packer);
}

const image = process.argv[2] ?? 'tiny';
print('load of this machine', readFileSync('/proc/loadavg', 'utf8').trim());
print(
  'goldsmith --help, median',
  `${Math.round(median(Array.from({ length: RUNS }, () => timeOf(process.execPath, [...MAIN, '--help']))))} ms (at most 200)`,
);
print(
  './goldsmith --help, median',
  `${Math.round(median(Array.from({ length: RUNS }, () => timeOf('./goldsmith', ['--help']))))} ms`,
);
const lines: number[] = [];
for (let run = 0; run < RUNS; run++) lines.push(await firstLine('./goldsmith', ['images']));
print('./goldsmith images, to its first line, median', `${Math.round(median(lines))} ms (at most 500)`);
print('idle engine', `${formatBytes(idleMemory())} (at most 120 MiB)`);
const ours = await costOf(() => pipeline(image));
printCost(`${image}: from the command to the release`, ours);
if (process.argv.includes('--compare')) await compare(ours);
