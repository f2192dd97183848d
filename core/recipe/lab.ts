import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { GoldsmithError, type Problem } from '../model/failure.ts';
import type { Lab } from '../model/lab.ts';
import { hostProblems, toHosts } from './lab-hosts.ts';
import { toImage } from './lab-image.ts';
import { fileProblems, imageProblems, schemaProblems } from './lab-problems.ts';
import { labSchema } from './lab-schema.ts';
import { parseYaml } from './yaml-source.ts';

export const LAB_FILE = 'lab.yaml';
/** Hand-written files are small; anything larger is not one, and would be read into memory whole. */
const MAX_BYTES = 1024 * 1024;

/** The nearest `lab.yaml` in `startDir` or above it. */
export async function findLab(startDir: string): Promise<string | undefined> {
  const dir = path.resolve(startDir);
  const file = path.join(dir, LAB_FILE);
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile()) return file;
  const parent = path.dirname(dir);
  return parent === dir ? undefined : findLab(parent);
}

/**
 * Reads a lab and checks it whole: grammar, names, and that every file it names is there.
 * @throws GoldsmithError `bad-lab` with all problems in `details.problems`; `not-found` without a lab file.
 */
export async function readLab(dirOrFile: string): Promise<Lab> {
  const file = await labFile(path.resolve(dirOrFile));
  const source = parseYaml(await readFile(file, 'utf8'), file, 'bad-lab');
  if (source.problems.length > 0) throw badLab(file, source.problems);
  const parsed = labSchema.safeParse(source.value ?? {});
  if (!parsed.success) throw badLab(file, schemaProblems(source, parsed.error.issues));
  const root = path.dirname(file);
  const images = Object.entries(parsed.data.images).map(([name, raw]) => toImage(source, root, name, raw));
  const missing = await Promise.all(images.map(image => fileProblems(source, image)));
  const { variables } = parsed.data;
  const targets = Object.fromEntries(Object.entries(parsed.data.targets).map(([name, one]) => [name, one.variables]));
  const hosts = toHosts(source, root, parsed.data);
  const problems = [
    ...missing.flat(),
    ...images.flatMap(image => imageProblems(source, image)),
    ...hostProblems(source, { images, targets, hosts }),
  ];
  if (problems.some(problem => problem.severity === 'error')) throw badLab(file, problems);
  return { file, root, images, problems, variables, targets, hosts };
}

async function labFile(dirOrFile: string): Promise<string> {
  const found = await stat(dirOrFile).catch(() => undefined);
  const file = found?.isDirectory() ? path.join(dirOrFile, LAB_FILE) : dirOrFile;
  const size = (await stat(file).catch(() => undefined))?.size;
  if (size === undefined) {
    throw new GoldsmithError('not-found', `There is no ${file}.`, { hint: 'A lab is a folder with a lab.yaml.' });
  }
  if (size > MAX_BYTES) {
    throw new GoldsmithError('bad-lab', `${file} has ${size} bytes; a lab.yaml has at most ${MAX_BYTES}.`);
  }
  return file;
}

/** One error for all problems: its message is the first one's, or says how many there are. */
function badLab(file: string, problems: Problem[]): GoldsmithError {
  const errors = problems.filter(problem => problem.severity === 'error');
  const [first] = errors;
  const message = errors.length === 1 && first ? first.message : `${file} has ${errors.length} problems.`;
  return new GoldsmithError('bad-lab', message, {
    hint: errors.length === 1 ? first?.hint : undefined,
    details: { ...(first?.place && errors.length === 1 ? { place: first.place } : {}), problems },
  });
}
