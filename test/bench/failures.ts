import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import type { Stamped } from '../../core/model/event.ts';
import { formatMs } from '../../core/model/quantity.ts';
import { isEvent, killMachine, type Running, start } from '../real/goldsmith.ts';
import { INSTALLER_FAILURES, type InstallerFailure } from './installer-failures.ts';
import { startSpoilingProxy } from './spoiling-proxy.ts';

/**
 * `npm run e2e:failures [-- WORD...]`: the real Debian installer, in which one thing after the other goes wrong. Each has
 * to be known by its reason within 30 s after the guest has said its last. One to five minutes each under emulation.
 * Words choose those whose names hold them.
 */

const IMAGE = 'debian-13';
const SOON_MS = 30_000;

/** This repository's image in a lab of its own, with one thing wrong. */
function labOf({ edit, variables, spoil }: InstallerFailure, proxyPort: number | undefined): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-failure-'));
  cpSync('packer', path.join(dir, 'packer'), { recursive: true });
  const { images } = parse(readFileSync('lab.yaml', 'utf8')) as { images: Record<string, { variables: object }> };
  const image = images[IMAGE];
  const proxy = spoil ? { http_proxy: `http://10.0.2.2:${proxyPort}` } : {};
  const changed = {
    ...image,
    package_cache: spoil === undefined,
    variables: { ...image?.variables, ...variables, ...proxy },
  };
  writeFileSync(path.join(dir, 'lab.yaml'), stringify({ images: { [IMAGE]: changed } }));
  if (edit) replace(path.join(dir, 'packer/debian', edit[0]), edit[1], edit[2]);
  return dir;
}

function replace(file: string, before: string, after: string): void {
  const text = readFileSync(file, 'utf8');
  if (!text.includes(before)) throw new Error(`${file} no longer holds: ${before}`);
  writeFileSync(file, text.replace(before, after));
}

const isHeard = (event: Stamped): boolean =>
  event.type === 'request' || (event.type === 'line' && ['installer', 'serial'].includes(event.source));

/** @returns whether it was known for what it is, and soon */
async function fail(failure: InstallerFailure): Promise<boolean> {
  const proxy = failure.spoil && (await startSpoilingProxy(failure.spoil));
  const lab = labOf(failure, proxy?.port);
  const running = start(['build', IMAGE, '--json', '--version', `failure-${process.pid}`], lab);
  const killed = failure.kill === undefined ? undefined : killIn(running, lab, failure.kill);
  const { events, stdout } = await running.ended;
  await killed;
  proxy?.close();
  rmSync(lab, { recursive: true });
  const end = events.findLast(isEvent('finished'));
  const lastHeard = events.findLast(isHeard);
  const reason = end?.failure?.message ?? end?.outcome ?? stdout.trim();
  const ms = end && lastHeard ? Date.parse(end.at) - Date.parse(lastHeard.at) : 0;
  const isRight = failure.reason.test(reason) && ms < SOON_MS;
  process.stdout.write(`${isRight ? 'known' : 'WRONG'}  ${failure.name}, after ${formatMs(ms)}: ${reason}\n`);
  return isRight;
}

async function killIn(running: Running, lab: string, stage: string): Promise<void> {
  await running.event(event => event.type === 'installer-stage' && event.stage === stage);
  await killMachine(
    lab,
    running.events.find(({ type }) => type === 'started'),
  );
}

const words = process.argv.slice(2);
const chosen = INSTALLER_FAILURES.filter(({ name }) => words.length === 0 || words.some(word => name.includes(word)));
let known = 0;
for (const failure of chosen) known += (await fail(failure)) ? 1 : 0;
process.stdout.write(`${known} of ${chosen.length} known within ${formatMs(SOON_MS)}\n`);
if (known < chosen.length) process.exitCode = 1;
