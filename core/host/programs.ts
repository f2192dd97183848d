import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { run } from '../exec.ts';
import type { ToolFacts } from '../model/host.ts';
import type { HostMemory } from './memory.ts';
import type { PackageRow } from './package-table.ts';
import { compareVersions, versionIn } from './version.ts';

/** Where Debian keeps sshd, depmod and the like, which are not on an ordinary user's PATH. */
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];
const VERSION_TIMEOUT_MS = 10_000;

/** The programs whose version is not what `--version` prints on its first line. */
const VERSION_ARGUMENTS: Partial<Record<string, string[]>> = { ssh: ['-V'], '7z': ['i'] };

/** The absolute path of a program on PATH or in the system's own folders; undefined: it is not here. */
export function findProgram(name: string, searchPath: string = process.env['PATH'] ?? ''): string | undefined {
  const folders = [...searchPath.split(path.delimiter), ...SYSTEM_FOLDERS].filter(folder => path.isAbsolute(folder));
  return folders.map(folder => path.join(folder, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Changes when the file at this path is replaced: by an upgrade, or by another file behind a link. */
export function fileStamp(file: string): string {
  const { mtimeMs, size } = statSync(file);
  return `${realpathSync(file)}:${mtimeMs}:${size}`;
}

/**
 * What a program says its version is: remembered until the program changes. Undefined: it does not say. One that could
 * not be run just now is asked again next time.
 */
export async function programVersion(program: string, memory: HostMemory): Promise<string | undefined> {
  const key = `version ${program}`;
  const remembered = memory.recall(key, fileStamp(program), z.string());
  if (remembered !== undefined) return remembered === '' ? undefined : remembered;
  const answer = await askVersion(program);
  if (answer === undefined) return undefined;
  const version = versionIn(answer);
  memory.remember(key, fileStamp(program), version ?? '');
  return version;
}

async function askVersion(program: string): Promise<string | undefined> {
  const args = VERSION_ARGUMENTS[path.basename(program)] ?? ['--version'];
  const answer = await run(program, args, { timeoutMs: VERSION_TIMEOUT_MS }).catch(() => undefined);
  return answer && `${answer.stdout}\n${answer.stderr}`;
}

/** Looks for what a row of the package table asks for. */
export async function lookForTool(row: PackageRow, memory: HostMemory): Promise<ToolFacts> {
  const { group, check, packages, purpose } = row;
  const [names = '', minimum] = check.split('>=');
  const path = names
    .split('|')
    .map(locate)
    .find(found => found !== undefined);
  const version = path && isProgramName(names) ? await programVersion(path, memory) : undefined;
  const isTooOld = minimum !== undefined && version !== undefined && compareVersions(version, minimum) < 0;
  return { check, purpose, group, packages, isTooOld, ...(path ? { path } : {}), ...(version ? { version } : {}) };
}

const isProgramName = (name: string): boolean => !name.startsWith('/');

const locate = (name: string): string | undefined =>
  isProgramName(name) ? findProgram(name) : existsSync(name) ? name : undefined;
