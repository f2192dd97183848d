import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { BuildEvent } from '../model/event.ts';
import type { IsoName } from '../model/lab.ts';
import { makeDebianIso } from './debian/iso.ts';
import type { MadeIso } from './made.ts';
import { makeTinyIso } from './tiny/iso.ts';

interface MakerOptions {
  out: string;
  cacheDir: string;
  mirror?: string;
  force: boolean;
  signal: AbortSignal;
  emit: (event: BuildEvent) => void;
}

/** The ISOs Goldsmith can make itself. */
const MAKERS: Record<IsoName, (options: MakerOptions) => Promise<MadeIso>> = {
  'debian-13': options => makeDebianIso({ ...options, release: 'debian-13' }),
  tiny: makeTinyIso,
};

/** Makes an ISO, or takes the one made before within a day unless `force` is given. */
export async function makeIso(
  told: { signal: AbortSignal; emit: (event: BuildEvent) => void },
  name: IsoName,
  cache: string,
  { out = path.join(cache, 'iso', `${name}.iso`), force = false }: { out?: string; force?: boolean } = {},
): Promise<MadeIso> {
  const cacheDir = path.join(cache, 'media');
  await mkdir(cacheDir, { recursive: true });
  return MAKERS[name]({ out, cacheDir, force, signal: told.signal, emit: event => told.emit(event) });
}
