import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Scope } from '../../build/scope.ts';
import { GoldsmithError } from '../../model/failure.ts';
import { nearest } from '../../model/nearest.ts';
import type { ExecResult, Guest } from '../guest.ts';
import { keyBody } from '../keys.ts';
import { familyOf } from './family.ts';
import { allSealItems, type GuestFamily, type SealItem } from './items.ts';
import { runAsRoot } from './root-shell.ts';
import { MARK, type SealValues, sealScript } from './script.ts';

/** Trimming a big disk under emulation takes its time. */
const TIMEOUT_MS = 20 * 60_000;
const KEPT_LINES = 20;

export interface SealOptions extends SealValues {
  /** Undefined: found out in the guest. */
  family?: string;
  /** Names of items to leave out. */
  skip: string[];
  /** Local scripts, run as root before the items. */
  extra: string[];
}

export interface SealReport {
  family: GuestFamily;
  /** What each item said it removed or changed. */
  items: { name: string; removed: string[] }[];
  skipped: string[];
}

/** The items a family is sealed with; without a family, all. */
export const sealItems = (family?: GuestFamily): SealItem[] =>
  allSealItems().filter(item => family === undefined || item.families.includes(family));

/**
 * Removes from a guest what must not be copied to others, as the very last thing before it is shut down. Afterwards
 * nobody can log in with the build's key.
 * @throws GoldsmithError `seal-failed` naming the item that failed, with its output; `bad-lab` for an unknown item
 */
export async function seal(scope: Scope, guest: Guest, options: SealOptions): Promise<SealReport> {
  requireKnown(options.skip);
  const family = await familyOf(guest, options.family);
  for (const script of options.extra) await runExtra(scope, guest, script);
  const items = sealItems(family).filter(item => !options.skip.includes(item.name));
  const log = new SealLog(scope, items);
  const script = sealScript(items, { ...options, family, forbidden: forbiddenKeys(guest, options) });
  const result = await runAsRoot(guest, script, {
    onLine: line => log.line(line),
    timeoutMs: TIMEOUT_MS,
    signal: scope.signal,
  });
  if (result.exitCode === 0 && log.current === 'end') return { family, items: log.report(), skipped: options.skip };
  if (result.disconnected) await guest.checkMachine();
  throw failed(log, result);
}

/** Keys that no file may hold any more, unless the lab wants to keep them. */
function forbiddenKeys(guest: Guest, { buildKey, skip }: SealOptions): string[] {
  return [
    ...(skip.includes('build-key') ? [] : [keyBody(buildKey)]),
    ...(skip.includes('ssh-hostkeys') ? [] : guest.address.hostKeys.map(keyBody)),
  ].filter(body => body !== '');
}

/** Sorts the output of the one script by items, and tells it. */
class SealLog {
  /** The item that runs now, and `end` after the last one. */
  current = '';
  readonly #said = new Map<string, string[]>();

  constructor(
    readonly scope: Scope,
    readonly items: SealItem[],
  ) {}

  line(line: string): void {
    const isMark = line.startsWith(MARK);
    if (isMark) this.current = line.slice(MARK.length);
    const said = this.#said.get(this.current) ?? [];
    this.#said.set(this.current, said);
    if (!isMark) said.push(this.scope.secrets.mask(line));
    const title = this.items.find(item => item.name === this.current)?.title;
    if (!isMark) this.scope.emit({ type: 'line', source: 'seal', line: `  ${line}` });
    else if (title) this.scope.emit({ type: 'line', source: 'seal', line: title });
  }

  said(name: string): string[] {
    return this.#said.get(name) ?? [];
  }

  report(): SealReport['items'] {
    return this.items.map(({ name }) => ({ name, removed: this.said(name) }));
  }
}

function failed(log: SealLog, result: ExecResult): GoldsmithError {
  const lastLines = log.said(log.current).slice(-KEPT_LINES);
  const how = result.disconnected ? 'the connection was lost' : (lastLines.at(-1) ?? `status ${result.exitCode}`);
  return new GoldsmithError('seal-failed', `Sealing failed at "${log.current || 'its start'}": ${how}.`, {
    hint: 'Mend what it says, or leave the item out with `seal: {skip: [...]}` in lab.yaml.',
    details: { item: log.current, ...(result.exitCode === undefined ? {} : { exitCode: result.exitCode }), lastLines },
  });
}

function requireKnown(skip: string[]): void {
  const known = allSealItems().map(item => item.name);
  const unknown = skip.find(name => !known.includes(name));
  if (unknown === undefined) return;
  const near = nearest(unknown, known);
  throw new GoldsmithError('bad-lab', `There is no seal item "${unknown}".`, {
    hint: near ? `Did you mean ${near}?` : `Known: ${known.join(', ')}.`,
  });
}

async function runExtra(scope: Scope, guest: Guest, script: string): Promise<void> {
  const lines: string[] = [];
  const onLine = (line: string): void => {
    lines.push(scope.secrets.mask(line));
    scope.emit({ type: 'line', source: 'seal', line });
  };
  const text = await readFile(script, 'utf8').catch(cause => {
    throw new GoldsmithError('bad-lab', `The seal script ${script} cannot be read: ${cause.message}`, { cause });
  });
  const { exitCode } = await runAsRoot(guest, text, { onLine, timeoutMs: TIMEOUT_MS, signal: scope.signal });
  if (exitCode === 0) return;
  throw new GoldsmithError('seal-failed', `The seal script ${path.basename(script)} failed.`, {
    details: { ...(exitCode === undefined ? {} : { exitCode }), lastLines: lines.slice(-KEPT_LINES) },
  });
}
