import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Scope } from '../../build/scope.ts';
import { GoldsmithError } from '../../model/failure.ts';
import { nearest } from '../../model/nearest.ts';
import type { Guest } from '../guest.ts';
import { type GuestFamily, SEAL_ITEMS, type SealItem } from './items.ts';
import { MARK, type SealValues, sealScript } from './script.ts';

const TIMEOUT_MS = 10 * 60_000;

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
  items: { name: string; removed: string[] }[];
}

/** os-release(5) `ID` and `ID_LIKE`, or `uname -s`, to the family it is sealed as. */
const FAMILIES: Readonly<Record<string, GuestFamily>> = {
  debian: 'debian',
  ubuntu: 'debian',
  rhel: 'redhat',
  fedora: 'redhat',
  centos: 'redhat',
  tiny: 'tiny',
  alpine: 'tiny',
  openbsd: 'openbsd',
  freebsd: 'freebsd',
};

/** The items a family is sealed with; without a family, all. */
export const sealItems = (family?: GuestFamily): SealItem[] =>
  SEAL_ITEMS.filter(item => family === undefined || item.families === undefined || item.families.includes(family));

/**
 * Removes from a guest what must not be copied to others, as the very last thing before it is shut down. Afterwards
 * nobody can log in with the build's key.
 * @throws GoldsmithError `seal-failed` naming the item that failed, with its output; `bad-lab` for an unknown item
 */
export async function seal(scope: Scope, guest: Guest, options: SealOptions): Promise<SealReport> {
  requireKnown(options.skip);
  const family = await familyOf(guest, options.family);
  const items = sealItems(family).filter(item => !options.skip.includes(item.name));
  for (const script of options.extra) await runExtra(scope, guest, script);
  const report = new Map<string, string[]>();
  let current = '';
  const onLine = (line: string): void => {
    if (line.startsWith(MARK)) {
      current = line.slice(MARK.length);
      report.set(current, []);
      const title = items.find(item => item.name === current)?.title;
      if (title) scope.emit({ type: 'line', source: 'seal', line: title });
    } else {
      report.get(current)?.push(line);
      scope.emit({ type: 'line', source: 'seal', line: `  ${line}` });
    }
  };
  const { exitCode } = await asRoot(scope, guest, sealScript(items, options), onLine);
  if (exitCode === 0 && current === 'end') {
    return { family, items: items.map(({ name }) => ({ name, removed: report.get(name) ?? [] })) };
  }
  throw new GoldsmithError('seal-failed', `Sealing failed at "${current || 'its start'}".`, {
    hint: 'Leave the item out with `seal: {skip: [...]}` in lab.yaml, or mend what it says.',
    details: { ...(exitCode === undefined ? {} : { exitCode }), lastLines: (report.get(current) ?? []).slice(-10) },
  });
}

function requireKnown(skip: string[]): void {
  const known = SEAL_ITEMS.map(item => item.name);
  const unknown = skip.find(name => !known.includes(name));
  if (unknown === undefined) return;
  const near = nearest(unknown, known);
  throw new GoldsmithError('bad-lab', `There is no seal item "${unknown}".`, {
    hint: near ? `Did you mean ${near}?` : `Known: ${known.join(', ')}.`,
  });
}

async function familyOf(guest: Guest, wanted: string | undefined): Promise<GuestFamily> {
  const words = wanted === undefined ? await identify(guest) : [wanted];
  const family = words.map(word => FAMILIES[word.toLowerCase()]).find(known => known !== undefined);
  if (family) return family;
  throw new GoldsmithError(
    'seal-failed',
    `It is not known how to seal this guest (${words.join(', ') || 'it does not say what it is'}).`,
    {
      hint: `Name a family in lab.yaml, \`seal: {family: ...}\`: ${[...new Set(Object.values(FAMILIES))].join(', ')}; or \`seal: false\`.`,
    },
  );
}

async function identify(guest: Guest): Promise<string[]> {
  const lines: string[] = [];
  await guest.exec('. /etc/os-release 2>/dev/null; echo "${ID:-} ${ID_LIKE:-} $(uname -s)"', {
    onLine: line => lines.push(line),
  });
  return (lines.at(-1) ?? '').trim().split(/\s+/);
}

async function runExtra(scope: Scope, guest: Guest, script: string): Promise<void> {
  const lines: string[] = [];
  const onLine = (line: string): void => {
    lines.push(line);
    scope.emit({ type: 'line', source: 'seal', line });
  };
  const { exitCode } = await asRoot(scope, guest, await readFile(script, 'utf8'), onLine);
  if (exitCode === 0) return;
  throw new GoldsmithError('seal-failed', `The seal script ${path.basename(script)} failed.`, {
    details: { ...(exitCode === undefined ? {} : { exitCode }), lastLines: lines.slice(-10) },
  });
}

const asRoot = (scope: Scope, guest: Guest, script: string, onLine: (line: string) => void) =>
  guest.exec('if [ "$(id -u)" = 0 ]; then exec sh -s; else exec sudo -n sh -s; fi', {
    stdin: script,
    onLine,
    timeoutMs: TIMEOUT_MS,
    signal: scope.signal,
  });
