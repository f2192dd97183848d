import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, isAbsolute, join, normalize, relative, resolve } from 'node:path';
import type { HclFunction } from '../function-call.ts';
import { boolValue, STRING, setValue, textValue, type Value } from '../value.ts';
import { asText, bad, define, type FunctionContext, onTexts, text } from './define.ts';
import { globRegex } from './glob.ts';

const LARGEST_FILE_BYTES = 64 * 1024 * 1024;
const MOST_FILES = 20_000;

/** Packer's functions of files. Relative names are relative to the template's folder, for `abspath` to the working directory. */
export function filesystemFunctions(context: FunctionContext): Record<string, HclFunction> {
  const locate = (name: string): string => locatedFile(name, context);
  return {
    abspath: onTexts(['path'], path => resolve(context.workingDirectory, path)),
    basename: onTexts(['path'], path => (path === '' ? '.' : basename(path) || '/')),
    dirname: onTexts(['path'], path => goDirectory(path)),
    pathexpand: onTexts(['path'], path => expandHome(path, context)),
    file: onTexts(['path'], path => readText(locate(path), path)),
    filebase64: onTexts(['path'], path => readBytes(locate(path), path).toString('base64')),
    fileexists: define([text('path')], ([path]) => boolValue(isFile(locate(asText(path))))),
    fileset: define([text('path'), text('pattern')], ([path, pattern]) =>
      fileSet(locate(asText(path)), asText(pattern)),
    ),
  };
}

export const expandHome = (path: string, context: FunctionContext): string =>
  path === '~' || path.startsWith('~/') ? join(context.homeDirectory, path.slice(1)) : path;

export function locatedFile(name: string, context: FunctionContext): string {
  const expanded = expandHome(name, context);
  return normalize(
    isAbsolute(expanded) ? expanded : resolve(context.workingDirectory, context.baseDirectory, expanded),
  );
}

/** Go's `filepath.Dir`: without an end slash, and "." for a bare name. */
function goDirectory(path: string): string {
  const cut = path.lastIndexOf('/');
  if (cut < 0) return '.';
  return normalize(path.slice(0, cut + 1)).replace(/(?<=.)\/$/, '');
}

function readBytes(path: string, name: string): Buffer {
  try {
    const size = statSync(path).size;
    if (size > LARGEST_FILE_BYTES) throw bad(`the file "${name}" is too large`);
    return readFileSync(path);
  } catch (error) {
    throw unreadable(error, name, path);
  }
}

const REASONS: Record<string, string> = {
  ENOENT: 'is not there',
  EISDIR: 'is a folder',
  EACCES: 'may not be read',
  ENOTDIR: 'is not there',
};

function unreadable(error: unknown, name: string, path: string): Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reason = REASONS[code];
  if (!reason) return error instanceof Error ? bad(error.message) : bad(String(error));
  return bad(`the file ${JSON.stringify(name)} ${reason}`, `It was looked for at ${path}.`);
}

/** Text of a file; bytes that are no UTF-8 are refused, as Packer does. */
export function readText(path: string, name: string): string {
  const bytes = readBytes(path, name);
  const decoded = bytes.toString('utf8');
  if (!decoded.includes('\uFFFD') || Buffer.from(decoded).equals(bytes)) return decoded;
  throw bad(`the file ${JSON.stringify(name)} is no UTF-8 text`, 'filebase64() reads any file.');
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function fileSet(folder: string, pattern: string): Value {
  const isMatch = globRegex(pattern);
  const found = filesBelow(folder)
    .map(path => relative(folder, path))
    .filter(path => isMatch.test(path));
  return setValue(STRING, found.map(textValue));
}

function filesBelow(folder: string): string[] {
  const found: string[] = [];
  const open = [folder];
  for (let next = open.pop(); next !== undefined && found.length < MOST_FILES; next = open.pop()) {
    for (const entry of entriesOf(next)) {
      const path = join(next, entry.name);
      if (entry.isDirectory()) open.push(path);
      else if (isFile(path)) found.push(path);
    }
  }
  return found;
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
