import { describe, expect, it } from 'vitest';
import { KIND_NAMES } from '../../core/answers/kinds/kinds.ts';
import { lintAnswer } from '../../core/answers/lint/lint.ts';
import { SEEDED, type SeededFile } from './seeded.ts';
import { HABITS } from './seeded-habits.ts';

const problems = ({ kind, version, diskMiB }: SeededFile, text: string) =>
  lintAnswer('x', Buffer.from(text), {
    kind,
    ...(version === undefined ? {} : { version }),
    ...(diskMiB === undefined ? {} : { diskMiB }),
  }).problems;

const lineOf = (text: string, part: string): number => text.slice(0, text.indexOf(part)).split('\n').length;

describe.each([...SEEDED, ...HABITS].map(file => [`${file.kind} ${file.version ?? ''}`, file] as const))(
  'seeded mistakes: %s',
  (_, file) => {
    it('are in a file that is right', () => {
      expect(problems(file, file.text)).toEqual([]);
    });

    it.each(file.seeds)('%j written %j is found at its line', (right, wrong, offset = 0) => {
      expect(file.text.split(right).length, `${right} stands there once`).toBe(2);
      const text = file.text.replace(right, () => wrong);
      const found = problems(file, text);
      expect(found.map(({ place }) => place?.line)).toContain(lineOf(file.text, right) + offset);
      for (const problem of found) expect(problem.message).toMatch(/\S.{8,}/);
    });
  },
);

it('covers every kind, and more mistakes than were asked for', () => {
  expect(new Set(SEEDED.map(({ kind }) => kind))).toEqual(new Set(KIND_NAMES));
  expect(SEEDED.flatMap(({ seeds }) => seeds).length).toBeGreaterThanOrEqual(250);
});
