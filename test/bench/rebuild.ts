import { appendFileSync, cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import type { Stamped } from '../../core/model/event.ts';
import { formatMs } from '../../core/model/quantity.ts';
import { type Ended, goldsmith, isEvent, makeLab, resultOf, succeeded } from '../real/goldsmith.ts';

/** What building again costs, and what its checkpoints take. */
export interface Rebuilt {
  /** The longest stand of the guest for a checkpoint. */
  pauseMs: number;
  /** Building again after the last provisioner changed, to building from nothing: until the image is sealed. */
  rebuildRatio: number;
  /** The same with the boot tests of the image, which Packer has none of. */
  wholeRatio: number;
  /** Building again after nothing changed. */
  cachedBuildMs: number;
  /** All checkpoints of one build to its image, on the host's disk. */
  diskRatio: number;
  /** What the second build did, and how long. */
  steps: string;
}

/** A lab with one image whose recipe ends with `last.sh`. */
export interface RebuildLab {
  dir: string;
  image: string;
  last: string;
}

/** Steps that are worth naming. */
const LONG_MS = 500;

const between = (a: Stamped, b: Stamped): number => Date.parse(b.at) - Date.parse(a.at);

/** The recipes, which no build knows, with more provisioners at the end of one. @returns the folder of that one */
export function copiedRecipe(recipe: string, answers: string, ...scripts: string[]): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-bench-'));
  cpSync('packer', dir, { recursive: true });
  const folder = path.join(dir, path.dirname(recipe));
  appendFileSync(path.join(folder, answers), `# ${dir}\n`);
  const file = path.join(dir, recipe);
  const more = scripts.map(name => `  provisioner "shell" { script = "\${path.root}/${name}" }\n`);
  writeFileSync(file, `${readFileSync(file, 'utf8').trimEnd().replace(/\}$/, more.join(''))}}\n`);
  return folder;
}

export function tinyLab(memoryMiB: number): RebuildLab {
  const folder = copiedRecipe('tiny/tiny.pkr.hcl', 'http/tiny.cfg', 'last.sh');
  const recipe = path.join(folder, 'tiny.pkr.hcl');
  const dir = makeLab('bench', { recipe, machine: { memory: memoryMiB }, stage_cache: true });
  return { dir, image: 'bench', last: path.join(folder, 'last.sh') };
}

/** This lab's Debian 13, with its tests. */
export function debianLab(memoryMiB: number): RebuildLab {
  const folder = copiedRecipe('debian/debian.pkr.hcl', 'http/answers.cfg', 'last.sh');
  const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-lab-'));
  const { images } = parse(readFileSync('lab.yaml', 'utf8')) as { images: Record<string, object> };
  const image = 'debian-bench';
  const own = {
    recipe: path.join(folder, 'debian.pkr.hcl'),
    signed_by: path.resolve('packer/keys/debian-cd.asc'),
    machine: { memory: memoryMiB },
  };
  const tests = [{ name: 'is Debian 13', run: '. /etc/os-release && test "$VERSION_ID" = 13' }];
  writeFileSync(
    path.join(dir, 'lab.yaml'),
    stringify({ images: { [image]: { ...images['debian-13'], ...own, tests } } }),
  );
  return { dir, image, last: path.join(folder, 'last.sh') };
}

/** Builds from nothing, again, and again after a change of the last provisioner; leaves no stage behind. */
export async function rebuild({ dir, image, last }: RebuildLab): Promise<Rebuilt> {
  const build = (...options: string[]) => timed(goldsmith(['build', image, '--json', ...options], dir));
  writeFileSync(last, 'echo one\n');
  const full = await build('--no-cache');
  const taken = full.ended.events.flatMap(event => (isEvent('checkpoint')(event) ? [event.checkpoint] : []));
  const { build: id, release } = resultOf(full.ended) as { build: string; release: { bytes: number } };
  const kept = JSON.parse((await goldsmith(['checkpoints', id, '--json'], dir)).stdout) as { bytes: number }[];
  const cached = await build();
  writeFileSync(last, 'echo two\n');
  const again = await build();
  await goldsmith(['cache', 'rm', image], dir);
  return {
    pauseMs: Math.max(...taken.map(({ pauseMs }) => pauseMs)),
    cachedBuildMs: Math.round(cached.ms),
    rebuildRatio: untilSealed(again.ended) / untilSealed(full.ended),
    wholeRatio: again.ms / full.ms,
    diskRatio: kept.reduce((sum, { bytes }) => sum + bytes, 0) / release.bytes,
    steps: `${formatMs(full.ms)}, then ${formatMs(again.ms)}: ${stepsOf(again.ended)}`,
  };
}

async function timed(work: Promise<Ended>): Promise<{ ms: number; ended: Ended }> {
  const startedAt = performance.now();
  const ended = await succeeded(work);
  return { ms: performance.now() - startedAt, ended };
}

/** From the start of the build to its sealed image: tests of the image are the same for every way it was made. */
function untilSealed({ events }: Ended): number {
  const [first] = events;
  const sealed = events.find(event => event.type === 'step-finished' && event.step === 'candidate');
  return first && sealed ? between(first, sealed) : Number.NaN;
}

const stepsOf = ({ events }: Ended): string =>
  events
    .flatMap(event =>
      isEvent('step-finished')(event) && event.ms >= LONG_MS ? [`${event.step} ${formatMs(event.ms)}`] : [],
    )
    .join(', ');
