import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import type { Stamped } from '../../core/model/event.ts';
import type { Explanation } from '../../core/model/explanation.ts';
import { formatMs } from '../../core/model/quantity.ts';
import { type Ended, goldsmith, isEvent, nextEvent, resultOf, start, succeeded } from '../real/goldsmith.ts';

/**
 * `npm run e2e:repair`: this lab's Debian 13, whose late_command fails. It is mended, the machine goes back to the moment
 * before, and the build goes on to its tested release. Twenty minutes under emulation.
 */

const IMAGE = 'debian-13';
const BEFORE = 'before late_command';
const RIGHT = 'in-target systemctl enable systemd-networkd systemd-resolved';
const WRONG = 'in-target systemctl enable systemd-networkd no-such-unit';

const between = (a: Stamped, b: Stamped): number => Date.parse(b.at) - Date.parse(a.at);
const say = (what: string, figure: string): void => void process.stdout.write(`${what.padEnd(52)} ${figure}\n`);

/** This repository's image in a lab of its own, whose recipe may be changed. */
function copiedLab(): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-repair-'));
  cpSync('packer', path.join(dir, 'packer'), { recursive: true });
  const { images } = parse(readFileSync('lab.yaml', 'utf8')) as { images: Record<string, object> };
  writeFileSync(path.join(dir, 'lab.yaml'), stringify({ images: { [IMAGE]: images[IMAGE] } }));
  return dir;
}

function edit(file: string, before: string, after: string): void {
  const text = readFileSync(file, 'utf8');
  if (!text.includes(before)) throw new Error(`${file} no longer holds: ${before}`);
  writeFileSync(file, text.replace(before, after));
}

/** When a build came to a step's end. */
function stepEnd({ events }: Ended, step: string, after?: Stamped): Stamped {
  const found = events.find(event => isEvent('step-finished', after?.seq)(event) && event.step === step);
  if (!found) throw new Error(`The build did not come to the end of "${step}".`);
  return found;
}

/** The last event; what a command prints after it is its result. */
function finishOf({ events }: Ended): Stamped {
  const found = events.findLast(event => event.type === 'finished');
  if (!found) throw new Error('The build did not finish.');
  return found;
}

const lab = copiedLab();
const late = path.join(lab, 'packer/debian/http/late.sh');
edit(late, RIGHT, WRONG);

const running = start(['build', IMAGE, '--on-error=ask', '--json'], lab);
const started = await nextEvent(running, 'started', undefined);
const asked = await nextEvent(running, 'question', started);
const fetched = running.events.findLast(event => event.type === 'request' && event.path.endsWith('/late.sh'));
say('from the command to the failure', formatMs(between(started, asked)));
if (fetched) say('from its script being fetched to the reason', formatMs(between(fetched, asked)));
const explained = JSON.parse((await succeeded(goldsmith(['explain', IMAGE, '--json'], lab))).stdout) as Explanation;
say('the reason', explained.findings[0]?.reason ?? 'none');

edit(late, WRONG, RIGHT);
await succeeded(goldsmith(['rewind', IMAGE, BEFORE], lab));
const back = await nextEvent(running, 'rewound', asked);
const first = await succeeded(running.ended);
const end = finishOf(first);
say('the repair: until the installer is done', formatMs(between(asked, stepEnd(first, 'install', back))));
say('  until the system is logged in to', formatMs(between(asked, stepEnd(first, 'connect', back))));
say('  until the image is sealed', formatMs(between(asked, stepEnd(first, 'candidate', back))));
say('  until the tested release', formatMs(between(asked, end)));
const { build, release } = resultOf(first) as { build: string; release: { bytes: number } };
const kept = JSON.parse((await succeeded(goldsmith(['checkpoints', build, '--json'], lab))).stdout) as {
  bytes: number;
}[];
const bytes = kept.reduce((sum, checkpoint) => sum + checkpoint.bytes, 0);
say('its checkpoints to its image, on disk', (bytes / release.bytes).toFixed(2));

await succeeded(goldsmith(['cache', 'rm', IMAGE], lab));
