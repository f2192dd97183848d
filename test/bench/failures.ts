import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { hostMirror } from '../../core/media/debian/archive.ts';
import type { Stamped } from '../../core/model/event.ts';
import { formatMs } from '../../core/model/quantity.ts';
import { goldsmith, isEvent, killMachine, nextEvent, type Running, start, succeeded } from '../real/goldsmith.ts';
import { INSTALLER_FAILURES, type InstallerFailure } from './installer-failures.ts';
import { type SpoilingMirror, startSpoilingMirror } from './spoiling-mirror.ts';

/**
 * `npm run e2e:failures [-- WORD...]`: the real Debian installer, in which one thing after the other goes wrong. Each has
 * to be known by its reason within 30 s after the guest has said its last. What goes wrong only after the answers were
 * asked for begins at a checkpoint of one build: it is booted once. Half a minute to five minutes each under emulation.
 * Words choose those whose names hold them.
 */

const IMAGE = 'debian-13';
const SOON_MS = 30_000;
const PARTITIONED = 'partitioned';

/** This repository's image in a lab of its own. */
function newLab(variables: object): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-failure-'));
  const { images } = parse(readFileSync('lab.yaml', 'utf8')) as { images: Record<string, { variables: object }> };
  const image = images[IMAGE];
  const changed = { ...image, variables: { ...image?.variables, ...variables } };
  writeFileSync(path.join(dir, 'lab.yaml'), stringify({ images: { [IMAGE]: changed } }));
  return dir;
}

/** The recipe as it is, but for what is wrong. */
function putRecipe(lab: string, { edit }: InstallerFailure): void {
  rmSync(path.join(lab, 'packer'), { recursive: true, force: true });
  cpSync('packer', path.join(lab, 'packer'), { recursive: true });
  if (!edit) return;
  const [name, before, after] = edit;
  const file = path.join(lab, 'packer/debian', name);
  const text = readFileSync(file, 'utf8');
  if (!text.includes(before)) throw new Error(`${file} no longer holds: ${before}`);
  writeFileSync(file, text.replace(before, after));
}

const isHeard = (event: Stamped): boolean =>
  event.type === 'request' || (event.type === 'line' && ['installer', 'serial'].includes(event.source));

/** Whether it was known for what it is, and soon. @param end the event that tells the failure */
function judge(
  { name, reason: wanted }: InstallerFailure,
  events: readonly Stamped[],
  end: Stamped | undefined,
): boolean {
  const failure = end && 'failure' in end ? end.failure : undefined;
  const reason = failure?.message ?? 'it was not told';
  const lastHeard = events.findLast(event => isHeard(event) && event.seq < (end?.seq ?? 0));
  const ms = end && lastHeard ? Date.parse(end.at) - Date.parse(lastHeard.at) : 0;
  const isRight = wanted.test(reason) && ms < SOON_MS;
  process.stdout.write(`${isRight ? 'known' : 'WRONG'}  ${name}, after ${formatMs(ms)}: ${reason}\n`);
  return isRight;
}

const build = (lab: string, ...options: string[]): Running =>
  start(['build', IMAGE, '--json', '--version', `failure-${process.pid}`, ...options], lab);

/** In a build of its own: another machine, or another kernel line. */
async function failAlone(failure: InstallerFailure): Promise<boolean> {
  const lab = newLab(failure.variables ?? {});
  putRecipe(lab, failure);
  const running = build(lab);
  if (failure.kill !== undefined) await Promise.race([killIn(running, lab, failure.kill), running.ended]);
  const { events } = await running.ended;
  rmSync(lab, { recursive: true });
  return judge(failure, events, events.findLast(isEvent('finished')));
}

async function killIn(running: Running, lab: string, stage: string): Promise<void> {
  await running.event(event => event.type === 'installer-stage' && event.stage === stage);
  await killMachine(
    lab,
    running.events.find(({ type }) => type === 'started'),
  );
}

/** One build whose failure is a question each time: what is wrong next is put there, and it goes back. */
class Shared {
  #running: Running | undefined;
  #asked: Stamped | undefined;
  readonly #lab: string;

  /** @param mirror asked by our own package cache, which runs on this host */
  constructor(readonly mirror: SpoilingMirror) {
    this.#lab = newLab({ mirror: `127.0.0.1:${mirror.port}` });
  }

  async fail(failure: InstallerFailure): Promise<boolean> {
    putRecipe(this.#lab, failure);
    this.mirror.spoil = failure.spoil;
    if (this.#running) await this.#goBack(this.#running, failure);
    this.#running ??= build(this.#lab, '--on-error=ask');
    const { events } = this.#running;
    const asked = await nextEvent(this.#running, 'question', this.#asked).catch(() => undefined);
    if (asked === undefined) this.#running = undefined;
    this.#asked = asked;
    return judge(failure, events, asked);
  }

  #goBack({ events }: Running, { spoil }: InstallerFailure): Promise<unknown> {
    const saved = events.some(event => isEvent('checkpoint')(event) && event.checkpoint.name === PARTITIONED);
    return this.#tell(spoil && saved ? PARTITIONED : '--retry');
  }

  async end(): Promise<void> {
    if (this.#running) await this.#tell('--discard');
    await this.#running?.ended;
    this.mirror.close();
    rmSync(this.#lab, { recursive: true });
  }

  #tell(what: string): Promise<unknown> {
    const started = this.#running?.events.find(isEvent('started'));
    return succeeded(goldsmith(['rewind', started?.build ?? IMAGE, what], this.#lab));
  }
}

const isShared = ({ spoil, edit, variables }: InstallerFailure): boolean =>
  spoil !== undefined || (variables === undefined && edit !== undefined && edit[0].startsWith('http/'));

const words = process.argv.slice(2);
const chosen = INSTALLER_FAILURES.filter(({ name }) => words.length === 0 || words.some(word => name.includes(word)));
// What the archive spoils comes latest, and so past the moments that others of it begin at.
const together = chosen.filter(isShared).sort((a, b) => Number(b.spoil !== undefined) - Number(a.spoil !== undefined));
let known = 0;
if (together.length > 0) {
  const shared = new Shared(await startSpoilingMirror(new URL(await hostMirror()).origin));
  for (const failure of together) known += (await shared.fail(failure)) ? 1 : 0;
  await shared.end();
}
for (const failure of chosen.filter(one => !isShared(one))) known += (await failAlone(failure)) ? 1 : 0;
process.stdout.write(`${known} of ${chosen.length} known within ${formatMs(SOON_MS)}\n`);
if (known < chosen.length) process.exitCode = 1;
