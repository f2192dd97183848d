import { appendFile, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Answers, ExportRecord } from '../../../electron/ipc/contract.ts';
import { GoldsmithError } from '../../model/failure.ts';
import type { ExportInfo } from '../../model/hand-off.ts';
import type { Host } from '../host.ts';
import type { HandlersOf } from './context.ts';

const record = z.object({
  dir: z.string(),
  image: z.string(),
  version: z.string(),
  targets: z.array(z.string()),
  at: z.string(),
  bytes: z.number(),
});

export const EXPORT_CALLS: HandlersOf<
  'export.targets' | 'export.start' | 'export.list' | 'export.read' | 'export.verify'
> = {
  'export.targets': async () => {
    const { TARGETS } = await import('../../export/targets.ts');
    return Object.entries(TARGETS).map(([name, { summary, notes }]) => ({ name, summary, notes }));
  },
  'export.start': async ({ ref, targets, dir }, { host, watch }) => {
    const made = path.resolve(exportsFolder(host), dir);
    await mkdir(path.dirname(made), { recursive: true });
    const info = await (await host.engine()).exportTo(ref, { targets, dir: made }, watch);
    await remember(host, info);
    return info;
  },
  'export.list': async (_args, { host }) => {
    const records = await readRecords(host);
    const isThere = await Promise.all(
      records.map(({ dir }) =>
        stat(dir).then(
          () => true,
          () => false,
        ),
      ),
    );
    return records.filter((_record, index) => isThere[index]).reverse();
  },
  'export.read': async ({ dir }, { host }) => {
    if (!(await readRecords(host)).some(one => one.dir === dir)) {
      throw new GoldsmithError('not-found', `${dir} is no export that was made here.`);
    }
    return readHandOff(dir);
  },
  'export.verify': async ({ dir }, { host, watch }) => (await host.engine()).verifyHandOff(dir, watch),
};

/** Where exports go whose folder is named without its place. */
const exportsFolder = (host: Host): string => path.join(path.dirname(host.home.store), 'exports');
/** The exports that were made here, one a line. */
export const exportList = (host: Host): string => path.join(path.dirname(host.home.store), 'exports.jsonl');

/** One line for each export that was made here; folders that are gone are left out when it is read. */
async function remember(host: Host, { dir, image, version, targets, files }: ExportInfo): Promise<void> {
  const entry: ExportRecord = {
    dir,
    image,
    version,
    targets: targets.map(({ target }) => target),
    at: new Date().toISOString(),
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
  };
  await appendFile(exportList(host), `${JSON.stringify(entry)}\n`, { mode: 0o600 });
}

async function readRecords(host: Host): Promise<ExportRecord[]> {
  const text = await readFile(exportList(host), 'utf8').catch(() => '');
  return text.split('\n').flatMap(parseRecord);
}

/** What a person would read first, and what else is there. */
async function readHandOff(dir: string): Promise<Answers['export.read']> {
  const names = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = await Promise.all(
    names
      .filter(entry => entry.isFile())
      .map(async entry => {
        const file = path.join(entry.parentPath, entry.name);
        return { name: path.relative(dir, file), bytes: (await stat(file)).size };
      }),
  );
  const text = await readFile(path.join(dir, 'HANDOFF.md'), 'utf8').catch(() => '');
  return { text, files: files.sort((a, b) => a.name.localeCompare(b.name)) };
}

function parseRecord(line: string): ExportRecord[] {
  try {
    const parsed = record.safeParse(JSON.parse(line));
    return parsed.success ? [parsed.data] : [];
  } catch {
    return [];
  }
}
