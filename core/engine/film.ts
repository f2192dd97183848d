import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { readJournal } from '../build/journal.ts';
import type { FilmInfo } from '../model/engine.ts';
import type { Stamped } from '../model/event.ts';
import { GoldsmithError } from '../model/failure.ts';
import { plainText } from '../model/plain-text.ts';
import { replaceFile } from '../store/durable.ts';
import type { EngineDeps } from './deps.ts';
import { type FilmLine, type FilmPicture, filmPage } from './film-page.ts';

const PICTURE = /^(\d+)\.png$/;
/** A long installation logs more than anybody reads; what came last matters most. */
const MOST_LINES = 20_000;

/**
 * Writes what a build's screen showed, with its log beside it, as one HTML file that needs nothing else.
 * @throws GoldsmithError `not-found` when there is neither
 */
export async function exportFilm(deps: EngineDeps, id: string, output: string): Promise<FilmInfo> {
  const state = deps.builds.state(id);
  const pictures = await picturesOf(path.join(deps.builds.dir(id), 'film'));
  const lines = readJournal(deps.builds.journal(id)).flatMap(lineOf).slice(-MOST_LINES);
  if (pictures.length + lines.length === 0) throw new GoldsmithError('not-found', `${id} has no film.`);
  const title = `${state.image}${state.version ? `@${state.version}` : ''}, build ${id}: ${state.outcome}`;
  const failure = state.failure?.message;
  await replaceFile(output, filmPage({ title, ...(failure === undefined ? {} : { failure }), pictures, lines }));
  return { path: output, pictures: pictures.length, lines: lines.length, bytes: (await stat(output)).size };
}

async function picturesOf(folder: string): Promise<FilmPicture[]> {
  const names = await readdir(folder).catch(() => []);
  const times = names.flatMap(name => PICTURE.exec(name)?.[1] ?? []).map(Number);
  const sorted = times.sort((a, b) => a - b);
  return Promise.all(
    sorted.map(async atMs => ({ atMs, png: (await readFile(path.join(folder, `${atMs}.png`))).toString('base64') })),
  );
}

type Told = { [T in Stamped['type']]?: (event: Extract<Stamped, { type: T }>) => [kind: string, text: string] };

/** What a person who reads the log beside the screen wants to see. All of it was masked when it was journalled. */
const TOLD: Told = {
  'step-started': ({ step, detail }) => ['step', detail === undefined ? step : `${step}: ${detail}`],
  note: ({ message }) => ['note', message],
  warning: ({ message }) => ['warning', message],
  line: ({ source, line, level }) => [level === 'error' ? 'error' : source, line],
  request: ({ method, path: file, status }) => [status < 400 ? 'request' : 'error', `${method} ${file} ${status}`],
  'installer-stage': ({ stage, percent }) => ['stage', percent === undefined ? stage : `${percent} % ${stage}`],
  checkpoint: ({ checkpoint }) => ['saved', checkpoint.name],
  rewound: ({ checkpoint }) => ['rewound', `to ${checkpoint}`],
  question: ({ text }) => ['question', text.replaceAll('\n', ' ')],
  answered: ({ choice }) => ['answered', choice],
  test: ({ name, ok, reason }) => [ok ? 'test' : 'error', reason === undefined ? name : `${name}: ${reason}`],
  finished: ({ outcome, failure }) => [outcome === 'ok' ? 'note' : 'error', failure?.message ?? outcome],
};

function lineOf(event: Stamped): FilmLine[] {
  const tell = TOLD[event.type] as ((event: Stamped) => [string, string]) | undefined;
  if (!tell) return [];
  const [kind, text] = tell(event);
  return [{ atMs: Date.parse(event.at), kind, text: plainText(text) }];
}
