import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { z } from 'zod';
import type { Place, Problem } from '../model/failure.ts';
import type { LabImage } from '../model/lab.ts';
import { nearest } from '../model/nearest.ts';
import { knownKeys } from './lab-schema.ts';
import type { YamlSource } from './yaml-source.ts';

type Issue = z.core.$ZodIssue;

/** What the schema did not like, each with its place and, where one is close, what was meant. */
export const schemaProblems = (source: YamlSource, issues: Issue[]): Problem[] =>
  issues.flatMap(issue => issueProblems(source, issue, [])).sort((a, b) => position(a) - position(b));

const position = ({ place }: Problem): number => (place?.line ?? 0) * 1e6 + (place?.column ?? 0);

function issueProblems(source: YamlSource, issue: Issue, above: PropertyKey[]): Problem[] {
  const at = [...above, ...issue.path];
  if (issue.code === 'invalid_union') {
    return bestBranch(issue.errors).flatMap(inner => issueProblems(source, inner, at));
  }
  if (issue.code === 'unrecognized_keys') return issue.keys.map(key => unknownKey(source, [...at, key]));
  if (issue.code === 'invalid_key') {
    return issue.issues.map(inner => bad(source.placeOfKey(at), `The name \`${String(at.at(-1))}\` ${inner.message}.`));
  }
  if (issue.code === 'invalid_type' && isMissing(source, at)) {
    return [bad(source.placeOfKey(at.slice(0, -1)), `${inWords(at.slice(0, -1))} needs \`${String(at.at(-1))}\`.`)];
  }
  return [bad(source.placeOf(at), `${inWords(at)} ${expectation(issue)}.`, hintFor(source, issue, at))];
}

/** Of the shapes a value may have, the one it is closest to: what fails deep inside was recognised as that shape. */
function bestBranch(branches: readonly Issue[][]): Issue[] {
  const isWhole = (issues: Issue[]): boolean =>
    issues.some(issue => issue.path.length === 0 && issue.code !== 'unrecognized_keys');
  return branches.find(issues => !isWhole(issues)) ?? branches.at(-1) ?? [];
}

function expectation(issue: Issue): string {
  if (issue.code === 'invalid_type') return `must be ${EXPECTED[issue.expected] ?? `a ${issue.expected}`}`;
  if (issue.code === 'invalid_value') return `must be one of ${quoted(issue.values.map(String))}`;
  if (issue.code === 'too_small')
    return issue.origin === 'string' ? 'must not be empty' : `must be at least ${issue.minimum}`;
  if (issue.code === 'too_big') return `must be at most ${issue.maximum}`;
  return issue.message;
}

const EXPECTED: Record<string, string> = {
  string: 'text (put it in quotes)',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  array: 'a list',
  object: 'a map of keys',
  record: 'a map of keys',
};

function hintFor(source: YamlSource, issue: Issue, at: PropertyKey[]): string | undefined {
  if (issue.code !== 'invalid_value') return undefined;
  const guess = nearest(String(valueAt(source.value, at)), issue.values.map(String));
  return guess === undefined ? undefined : `Did you mean \`${guess}\`?`;
}

function unknownKey(source: YamlSource, at: PropertyKey[]): Problem {
  const key = String(at.at(-1));
  const known = knownKeys(at.slice(0, -1));
  const guess = nearest(key, known);
  const where = at.length > 1 ? inWords(at.slice(0, -1)) : 'a lab';
  const hint = guess === undefined ? `Known here: ${quoted(known)}.` : `Did you mean \`${guess}\`?`;
  return bad(source.placeOfKey(at), `\`${key}\` is no key of ${where}.`, hint);
}

/** Every file the image names must be there. */
export async function fileProblems(source: YamlSource, image: LabImage): Promise<Problem[]> {
  const at = ['images', image.name];
  const named: [file: string, where: PropertyKey[]][] = [
    [image.recipe, [...at, 'recipe']],
    ...(image.signedBy ? [[image.signedBy.keyring, [...at, 'signed_by']] as [string, PropertyKey[]]] : []),
    ...(image.answers.templates === undefined
      ? []
      : [[image.answers.templates, [...at, 'answers', 'templates']] as [string, PropertyKey[]]]),
    ...image.variableFiles.map((file, index): [string, PropertyKey[]] => [file, [...at, 'variable_files', index]]),
    ...(image.seal ? image.seal.extra : []).map((file, index): [string, PropertyKey[]] => [
      file,
      [...at, 'seal', 'extra', index],
    ]),
    ...image.tests.flatMap(({ run }, index): [string, PropertyKey[]][] =>
      run.kind === 'script' ? [[run.path, [...at, 'tests', index, 'run']]] : [],
    ),
  ];
  const problems = await Promise.all(named.map(([file, where]) => fileProblem(file, source.placeOf(where))));
  return problems.filter(problem => problem !== undefined);
}

async function fileProblem(file: string, place: Place): Promise<Problem | undefined> {
  if (await stat(file).catch(() => undefined)) return undefined;
  const siblings = await readdir(path.dirname(file)).catch(() => []);
  const guess = nearest(path.basename(file), siblings);
  const shown = path.relative(path.dirname(place.file), file);
  return bad(place, `There is no ${shown}.`, guess && `Did you mean \`${path.join(path.dirname(shown), guess)}\`?`);
}

/** What contradicts itself within one image. */
export function imageProblems(source: YamlSource, image: LabImage): Problem[] {
  const at = ['images', image.name];
  const names = image.tests.map(test => test.name);
  const twice = image.tests.filter((test, index) => names.indexOf(test.name) !== index);
  const problems = twice.map(test => bad(test.place, `Two tests of ${image.name} are called \`${test.name}\`.`));
  if (image.release.format === 'raw' && image.release.compress !== 'none') {
    const place = source.placeOf([...at, 'release', 'compress']);
    problems.push(bad(place, 'A raw image cannot be compressed.', 'Use `format: qcow2`, or `compress: none`.'));
  }
  return problems;
}

const bad = (place: Place, message: string, hint?: string): Problem => ({
  code: 'bad-lab',
  severity: 'error',
  message,
  place,
  ...(hint ? { hint } : {}),
});

/** `images.web.tests[0].run`, as people write it. */
const inWords = (at: PropertyKey[]): string =>
  at.length === 0
    ? 'The lab'
    : at.map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index > 0 ? '.' : ''}${String(key)}`)).join('');

const quoted = (words: string[]): string => words.map(word => `\`${word}\``).join(', ');

const isMissing = (source: YamlSource, at: PropertyKey[]): boolean =>
  at.length > 0 && valueAt(source.value, at) === undefined;

const valueAt = (value: unknown, at: PropertyKey[]): unknown =>
  at.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[key], value);
