import { mkdir, open, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { GoldsmithError } from '../../model/failure.ts';
import { launchBuild, launchRewind } from '../launch.ts';
import { summaryOf } from '../news.ts';
import type { CallContext, HandlersOf } from './context.ts';
import { originOf } from './origin.ts';

/** The end of a log that is shown; the whole file is named beside it. */
const SHOWN_BYTES = 512 * 1024;

/** Pictures of a build's screen are named by when they were taken: milliseconds since 1970. */
const FRAME = /^(\d{13})\.png$/;
export const FILM = 'film';

export const BUILD_CALLS: HandlersOf<
  | 'build.start'
  | 'build.cancel'
  | 'build.show'
  | 'build.origin'
  | 'build.checkpoints'
  | 'build.checkpoint'
  | 'build.compare'
  | 'build.rewind'
  | 'build.answer'
  | 'build.remove'
  | 'build.explain'
  | 'build.film-file'
  | 'build.text'
  | 'build.film'
  | 'build.picture'
  | 'builds'
> = {
  'build.start': (args, { host }) => launchBuild(host, args),
  'build.cancel': async ({ build }, { host }) => (await host.engine()).cancel(build),
  'build.checkpoints': async ({ build }, { host }) => (await host.engine()).checkpoints(build),
  'build.checkpoint': async ({ build, name }, { host }) => (await host.engine()).checkpoint(build, name),
  'build.compare': async ({ one, other }, { host }) => (await host.engine()).compare(one, other),
  'build.rewind': rewind,
  'build.answer': async ({ build, choice }, { host }) => {
    await (await host.engine()).answer(build, choice);
    return {};
  },
  'build.show': async ({ build }, { host }) => (await host.engine()).show(build),
  'build.origin': originOf,
  'build.remove': async ({ build }, { host }) => (await host.engine()).remove(build, { force: false }),
  'build.explain': async ({ build }, { host }) => (await host.engine()).explain(build),
  'build.film-file': async ({ build }, { host }) => {
    const films = path.join(path.dirname(host.home.store), 'films');
    await mkdir(films, { recursive: true, mode: 0o700 });
    return (await host.engine()).film(build, path.join(films, `${path.basename(build)}.html`));
  },
  'build.text': readText,
  'build.film': async ({ build }, { host }) => {
    const { dir } = await (await host.engine()).show(build);
    const names = await readdir(path.join(dir, FILM)).catch(() => []);
    return names.sort().flatMap(file => {
      const ms = FRAME.exec(file)?.[1];
      return ms === undefined ? [] : [{ file, at: new Date(Number(ms)).toISOString() }];
    });
  },
  'build.picture': async ({ build, file }, { host }) => {
    const { dir } = await (await host.engine()).show(build);
    const known = await readdir(path.join(dir, FILM)).catch((): string[] => []);
    const place = known.includes(file) && FRAME.test(file) ? path.join(dir, FILM, file) : path.join(dir, 'screen.png');
    if (place.endsWith('screen.png') && file !== 'screen.png') throw noFile(file);
    const picture = await readFile(place).catch(() => {
      throw noFile(file);
    });
    return { png: picture.toString('base64') };
  },
  builds: async (_args, { host }) => (await (await host.engine()).builds()).map(summaryOf),
};

/** A build that runs goes back itself; from one that has ended a new one goes on, in a process of its own. */
async function rewind(
  { build, checkpoint }: { build: string; checkpoint: string },
  { host, watch }: CallContext,
): Promise<{ build: string }> {
  const engine = await host.engine();
  const { state } = await engine.show(build);
  if (state.outcome !== 'running') return launchRewind(host, build, checkpoint);
  await engine.rewind(build, checkpoint, { onError: 'ask' }, watch);
  return { build };
}

/** Only a file that the build's own list names: what a page says never becomes a path. */
async function readText(
  { build, file }: { build: string; file: string },
  { host }: CallContext,
): Promise<{ text: string; isWhole: boolean }> {
  const { files } = await (await host.engine()).show(build);
  const found = files.find(({ name }) => name === file && /\.(log|jsonl|txt)$/.test(name));
  if (!found) throw noFile(file);
  const handle = await open(found.path, 'r');
  try {
    const from = Math.max(0, found.bytes - SHOWN_BYTES);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(found.bytes - from), 0, found.bytes - from, from);
    return { text: buffer.toString('utf8', 0, bytesRead), isWhole: from === 0 };
  } finally {
    await handle.close();
  }
}

const noFile = (file: string): GoldsmithError => new GoldsmithError('not-found', `The build has no file ${file}.`);
