import { appendFileSync, cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stamped } from '../../core/model/event.ts';
import { formatMs } from '../../core/model/quantity.ts';
import {
  type Ended,
  goldsmith,
  home,
  isEvent,
  makeLab,
  nextEvent,
  resultOf,
  start,
  succeeded,
} from '../real/goldsmith.ts';

/**
 * `npm run bench:rewind [-- --json] [--times N]`: going back, and building again, with the tiny guest of 1 GiB. Medians
 * where a thing is done several times, and the largest pause, one of them of a guest that has written to 600 MiB of its
 * memory and is stopped at once. It goes back to that one, too. Every time it goes back, the guest's memory and files are
 * compared by a program in it. `--json` ends with one line of JSON.
 */

const MEMORY_MIB = 1024;
const SERIAL_MENU = 'Install the tiny guest';
/** Memory that no compression makes smaller. */
const FILL = 'mount -o remount,size=80% /dev/shm && head -c 629145600 /dev/urandom >/dev/shm/filled';
const HASH = 'echo now >/run/hasher; sed "s/^/hash /" /run/hashed';

interface Figures {
  /** The longest stand of the guest for a checkpoint. */
  pauseMs: number;
  /** From asking to go back until the machine runs, its predecessor ended. */
  resumeMs: number;
  /** From the same moment until it answered over SSH, logged in. */
  sshMs: number;
  /** From pressing retry until the installer asks for its answers again. */
  refetchMs: number;
  /** From the boot menu standing there until its first key. */
  firstKeyMs: number;
  /** Building again after the last provisioner changed, to building from nothing: until the image is sealed. */
  rebuildRatio: number;
  cachedBuildMs: number;
  /** All checkpoints of one build to its image, on the host's disk. */
  diskRatio: number;
}

const args = process.argv.slice(2);
const isJson = args.includes('--json');
const times = Number(args[args.indexOf('--times') + 1] ?? Number.NaN) || 50;

const median = (values: number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const between = (a: Stamped, b: Stamped): number => Date.parse(b.at) - Date.parse(a.at);
const say = (text: string): void => void process.stdout.write(isJson ? '' : `${text}\n`);

/** The tiny recipe, which no build knows, with more provisioners. */
function recipe(...scripts: string[]): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-bench-'));
  cpSync('packer/tiny', dir, { recursive: true });
  appendFileSync(path.join(dir, 'http/tiny.cfg'), `# ${dir}\n`);
  const file = path.join(dir, 'tiny.pkr.hcl');
  const more = scripts.map(name => `  provisioner "shell" { script = "\${path.root}/${name}" }\n`);
  writeFileSync(file, `${readFileSync(file, 'utf8').trimEnd().replace(/\}$/, more.join(''))}}\n`);
  return dir;
}

const labOf = (name: string, dir: string, more: Record<string, unknown> = {}): string =>
  makeLab(name, {
    recipe: path.join(dir, 'tiny.pkr.hcl'),
    machine: { memory: MEMORY_MIB },
    stage_cache: true,
    ...more,
  });

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

async function building(): Promise<Pick<Figures, 'rebuildRatio' | 'cachedBuildMs' | 'diskRatio' | 'pauseMs'>> {
  const dir = recipe('last.sh');
  writeFileSync(path.join(dir, 'last.sh'), 'echo one\n');
  const lab = labOf('bench', dir);
  const full = await timed(goldsmith(['build', 'bench', '--json'], lab));
  const taken = full.ended.events.flatMap(event => (isEvent('checkpoint')(event) ? [event.checkpoint] : []));
  const { build, release } = resultOf(full.ended) as { build: string; release: { bytes: number } };
  const kept = JSON.parse((await goldsmith(['checkpoints', build, '--json'], lab)).stdout) as { bytes: number }[];
  const cached = await timed(goldsmith(['build', 'bench', '--json'], lab));
  writeFileSync(path.join(dir, 'last.sh'), 'echo two\n');
  const again = await timed(goldsmith(['build', 'bench', '--json'], lab));
  await goldsmith(['cache', 'rm', 'bench'], lab);
  say(`built in ${formatMs(full.ms)}, again after a change in ${formatMs(again.ms)}, tests of the image included`);
  return {
    pauseMs: Math.max(...taken.map(({ pauseMs }) => pauseMs)),
    cachedBuildMs: Math.round(cached.ms),
    rebuildRatio: untilSealed(again.ended) / untilSealed(full.ended),
    diskRatio: kept.reduce((sum, { bytes }) => sum + bytes, 0) / release.bytes,
  };
}

async function goingBack(): Promise<Pick<Figures, 'pauseMs' | 'resumeMs' | 'sshMs' | 'refetchMs'>> {
  const dir = recipe('hash.sh', 'fill.sh', 'last.sh');
  cpSync('test/real/rewind/hash.sh', path.join(dir, 'hash.sh'));
  writeFileSync(path.join(dir, 'fill.sh'), `${FILL}\n`);
  writeFileSync(path.join(dir, 'last.sh'), `${HASH}\nexit 7\n`);
  const answers = path.join(dir, 'http/tiny.cfg');
  const good = readFileSync(answers, 'utf8');
  writeFileSync(answers, `${good}nonsense=1\n`);
  const lab = labOf('back', dir);
  const running = start(['build', 'back', '--on-error=ask', '--json'], lab);
  const refused = await nextEvent(running, 'question', undefined);
  writeFileSync(answers, good);
  await succeeded(goldsmith(['rewind', 'back', '--retry'], lab));
  const retried = await nextEvent(running, 'answered', refused);
  const fetched = await nextEvent(running, 'request', retried);
  let stood = await nextEvent(running, 'question', fetched);
  const hashes = [hashAfter(running.events, fetched)];
  const backs: { ms: number; resumeMs: number }[] = [];
  for (let nth = 0; nth < times; nth++) {
    await succeeded(goldsmith(['rewind', 'back', 'before provisioner 5: shell'], lab));
    const back = await nextEvent(running, 'rewound', stood);
    stood = await nextEvent(running, 'question', back);
    backs.push({ ms: back.ms, resumeMs: back.resumeMs ?? Number.NaN });
    hashes.push(hashAfter(running.events, back));
  }
  const taken = await succeeded(goldsmith(['checkpoints', 'back', '--take', 'by hand', '--json'], lab));
  await goldsmith(['rewind', 'back', '--discard'], lab);
  await running.ended;
  await goldsmith(['cache', 'rm', 'back'], lab);
  if (new Set(hashes).size > 1) throw new Error(`Memory or files were others: ${[...new Set(hashes)].join(' | ')}`);
  say(`memory and files the same ${times} times: ${hashes[0]?.slice(0, 23)}...`);
  return {
    pauseMs: (JSON.parse(taken.stdout) as { pauseMs: number }).pauseMs,
    resumeMs: median(backs.map(({ resumeMs }) => resumeMs)),
    sshMs: median(backs.map(({ ms }) => ms)),
    refetchMs: between(retried, fetched),
  };
}

const hashAfter = (events: readonly Stamped[], { seq }: Stamped): string =>
  events
    .flatMap(event => (isEvent('line', seq)(event) && event.line.startsWith('hash ') ? [event.line] : []))
    .slice(0, 3)
    .join();

/** GRUB writes its menu to the serial port too: that file tells when it stood there, looked at by us alone. */
async function firstKey(): Promise<number> {
  const lab = labOf('keys', recipe(), { boot: 'typed', boot_sync: true, stage_cache: false });
  const running = start(['build', 'keys', '--json'], lab);
  const started = await nextEvent(running, 'started', undefined);
  const serial = path.join(home.builds, started.build, 'serial.log');
  const read = (): string => {
    try {
      return readFileSync(serial, 'utf8');
    } catch {
      return ''; // not made yet
    }
  };
  while (!read().includes(SERIAL_MENU)) await sleep(5);
  const stoodAt = Date.now();
  const typed = await running.event(event => event.type === 'note' && event.message.startsWith('The keys are typed'));
  running.child.kill('SIGINT');
  await running.ended;
  return Date.parse(typed.at) - stoodAt;
}

const [built, back] = [await building(), await goingBack()];
const pauseMs = Math.max(built.pauseMs, back.pauseMs);
const figures: Figures = { ...built, ...back, pauseMs, firstKeyMs: Math.max(0, await firstKey()) };
const rounded = Object.fromEntries(
  Object.entries(figures).map(([name, value]) => [name, Math.round(value * 1000) / 1000]),
);
for (const [name, value] of Object.entries(rounded)) say(`${name.padEnd(14)} ${value}`);
if (isJson) process.stdout.write(`${JSON.stringify(rounded)}\n`);
