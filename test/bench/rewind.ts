import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stamped } from '../../core/model/event.ts';
import { goldsmith, home, isEvent, makeLab, nextEvent, start, succeeded } from '../real/goldsmith.ts';
import { median } from './median.ts';
import { copiedRecipe, debianLab, type Rebuilt, rebuild, tinyLab } from './rebuild.ts';

/**
 * `npm run bench:rewind [-- --json] [--times N] [--tiny]`: going back with the tiny guest of 1 GiB; building again with
 * this lab's Debian, which is installed for it (some fifteen minutes under emulation; `--tiny`: with the tiny guest, whose
 * image is smaller than its memory). Medians where a thing is done several times, and the largest pause, one of them of a
 * guest that has written to 600 MiB of its memory and is stopped at once. It goes back to that one, too. Every time it
 * goes back, the guest's memory and files are compared by a program in it. `--json` ends with one line of JSON; what else
 * is told goes to the error output.
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
  rebuildRatio: number;
  cachedBuildMs: number;
  diskRatio: number;
}

const args = process.argv.slice(2);
const isJson = args.includes('--json');
const isTiny = args.includes('--tiny');
const times = Number(args[args.indexOf('--times') + 1] ?? Number.NaN) || 50;

const between = (a: Stamped, b: Stamped): number => Date.parse(b.at) - Date.parse(a.at);
const say = (text: string): void => void (isJson ? process.stderr : process.stdout).write(`${text}\n`);

const labOf = (name: string, dir: string, more: Record<string, unknown> = {}): string =>
  makeLab(name, {
    recipe: path.join(dir, 'tiny.pkr.hcl'),
    machine: { memory: MEMORY_MIB },
    stage_cache: true,
    ...more,
  });

const recipe = (...scripts: string[]): string => copiedRecipe('tiny/tiny.pkr.hcl', 'http/tiny.cfg', ...scripts);

/** Times of the tiny guest; what of a whole installation is done again, and what its checkpoints take, of Debian. */
async function building(): Promise<Pick<Figures, 'rebuildRatio' | 'cachedBuildMs' | 'diskRatio' | 'pauseMs'>> {
  const labs = [tinyLab(MEMORY_MIB), ...(isTiny ? [] : [debianLab(MEMORY_MIB)])];
  const found: Rebuilt[] = [];
  for (const lab of labs) {
    const rebuilt = await rebuild(lab);
    found.push(rebuilt);
    say(`${lab.image} built in ${rebuilt.steps}; with its boot tests ${rebuilt.wholeRatio.toFixed(3)} of the first`);
  }
  const [small, large = small] = found;
  if (!small || !large) throw new Error('Nothing was built.');
  const pauseMs = Math.max(...found.map(({ pauseMs }) => pauseMs));
  const cachedBuildMs = Math.max(...found.map(({ cachedBuildMs }) => cachedBuildMs));
  return { pauseMs, cachedBuildMs, rebuildRatio: large.rebuildRatio, diskRatio: large.diskRatio };
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
