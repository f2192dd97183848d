import { createHash } from 'node:crypto';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Vm } from '../drivers/driver.ts';
import type { Redactor } from '../model/redact.ts';

const FIRST_PAUSE_MS = 2000;
/** Pictures kept; when there are more, every second one goes, and the pause doubles: an hour's film is as long as a minute's. */
const MOST_PICTURES = 240;

/**
 * Takes a picture of a machine's screen every few seconds, when it has changed, into `DIR/film/MS.png` (milliseconds
 * since 1970). A picture that cannot be taken is left out: a film must never end a build.
 */
export async function takeFilm(vm: Vm, dir: string, secrets: Redactor, signal: AbortSignal): Promise<void> {
  const film = path.join(dir, 'film');
  await mkdir(film, { recursive: true, mode: 0o700 });
  let last = '';
  let pauseMs = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    const picture = await pictureOf(vm, secrets).catch(() => undefined);
    const hash = picture ? createHash('sha256').update(picture).digest('hex') : last;
    if (picture && hash !== last) {
      await writeFile(path.join(film, `${Date.now()}.png`), picture, { mode: 0o600 });
      last = hash;
      if (await thinOut(film)) pauseMs *= 2;
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => {});
  }
}

/** Undefined where its text shows a secret, such as one that was typed; in graphics nobody can tell. */
async function pictureOf(vm: Vm, secrets: Redactor): Promise<Buffer | undefined> {
  const picture = await vm.screenshot();
  const text = (await vm.screenText())?.join('') ?? ''; // a long one goes on in the next row
  return secrets.mask(text) === text ? picture : undefined;
}

async function thinOut(film: string): Promise<boolean> {
  const names = (await readdir(film)).sort();
  if (names.length <= MOST_PICTURES) return false;
  const surplus = names.filter((_name, index) => index % 2 === 1);
  await Promise.all(surplus.map(name => rm(path.join(film, name), { force: true })));
  return true;
}
