import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SEEDED } from '../answers/seeded.ts';
import { median } from './median.ts';

/** `npm run bench:lint`: `goldsmith lint` of 500 answer files of every kind, each with a mistake of its own, as one process. */

const FILES = 500;
const LIMIT_MS = 3000;
const RUNS = 5;

const NAMES = {
  kickstart: 'ks.cfg',
  preseed: 'preseed.cfg',
  autoinstall: 'autoinstall.yaml',
  openbsd: 'install.conf',
} as const;

function writeFiles(dir: string): string[] {
  const all = SEEDED.flatMap(({ kind, text, seeds }) =>
    seeds.map(([right, wrong]) => ({ kind, text: text.replace(right, () => wrong) })),
  );
  return Array.from({ length: FILES }, (_, nth) => {
    const { kind, text } = all[nth % all.length] ?? { kind: 'kickstart', text: '' };
    const file = path.join(dir, `${nth}-${NAMES[kind as keyof typeof NAMES] ?? kind}`);
    // Public kickstarts and preseeds are longer than those of the seeds: comments make them so.
    writeFileSync(file, `${text}${'# A comment, as there are many in such files.\n'.repeat(nth % 100)}`);
    return file;
  });
}

const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-bench-'));
const files = writeFiles(dir);
const times = Array.from({ length: RUNS }, () => {
  const startedAt = performance.now();
  const { stdout } = spawnSync(process.execPath, ['out/cli/main.js', 'lint', '--json', ...files], {
    maxBuffer: 1 << 28,
  });
  const { files: read } = JSON.parse(stdout.toString()) as { files: unknown[] };
  if (read.length !== FILES) throw new Error(`${read.length} of ${FILES} files were read.`);
  return performance.now() - startedAt;
}).sort((a, b) => a - b);
rmSync(dir, { recursive: true });

const middle = median(times);
process.stdout.write(
  `lint of ${FILES} files, ${RUNS} runs: ${Math.round(times[0] ?? 0)} / ${Math.round(middle)} / ${Math.round(times.at(-1) ?? 0)} ms (least, median, most); limit ${LIMIT_MS} ms\n`,
);
if (middle > LIMIT_MS) process.exitCode = 1;
