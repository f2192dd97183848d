import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AnswerKindName } from '../../core/answers/kinds/kinds.ts';
import { lintAnswer } from '../../core/answers/lint/lint.ts';
import { askOther, othersHere } from '../../core/answers/lint/others.ts';
import { findProgram } from '../../core/host/programs.ts';

const signal = new AbortController().signal;
const searchPath = process.env['PATH'] ?? '';
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'goldsmith-others-'));
  process.env['PATH'] = `${dir}:${searchPath}`;
});
afterEach(async () => {
  process.env['PATH'] = searchPath;
  await rm(dir, { recursive: true });
});

/** A checker of that name, which prints this and fails. */
async function install(name: string, output: string): Promise<void> {
  await writeFile(path.join(dir, name), `#!/bin/sh\ncat <<'END'\n${output}\nEND\nexit 1\n`);
  await chmod(path.join(dir, name), 0o755);
}

async function ask(kind: AnswerKindName, text: string) {
  const file = path.join(dir, 'answers');
  await writeFile(file, text);
  const result = lintAnswer(file, Buffer.from(text), { kind });
  return { result, said: await askOther(result, undefined, signal) };
}

describe("the installers' own checkers", () => {
  it('ksvalidator is asked about kickstarts', async () => {
    await install(
      'ksvalidator',
      'Checking kickstart file x\n\nThe following problem occurred on line 2 of the kickstart file:\n\nUnknown command: lnag',
    );
    const { said } = await ask('kickstart', 'cdrom\nlang C\n');
    expect(said).toMatchObject([{ message: 'ksvalidator says: Unknown command: lnag', place: { line: 2 } }]);
  });

  it('is not repeated where the line has a problem already', async () => {
    await install(
      'ksvalidator',
      'The following problem occurred on line 2 of the kickstart file:\n\nUnknown command: lnag',
    );
    const { result, said } = await ask('kickstart', 'cdrom\nlnag C\n');
    expect(result.problems.some(({ place }) => place?.line === 2)).toBe(true);
    expect(said).toEqual([]);
  });

  it('cloud-init is asked about user-data', async () => {
    await install(
      'cloud-init',
      'Invalid user-data x\nError: Cloud config schema errors: format-l3.c1: odd, users: bad',
    );
    expect((await ask('user-data', '#cloud-config\nhostname: a\n')).said).toMatchObject([{ place: { line: 3 } }]);
  });

  it.skipIf(!findProgram('debconf-set-selections'))(
    'the real debconf-set-selections is asked about preseeds',
    async () => {
      const { result, said } = await ask('preseed', 'd-i a/b string x\nfoo bar\n');
      const unknown = { ...result, problems: [] };
      expect(said).toEqual([]);
      expect(await askOther(unknown, undefined, signal)).toMatchObject([{ place: { line: 2 } }]);
      expect(othersHere([result])).toEqual(['debconf-set-selections']);
    },
  );

  it('says nothing when it is not there, or hangs itself up', async () => {
    process.env['PATH'] = dir;
    expect((await ask('kickstart', 'cdrom\n')).said).toEqual([]);
    await install('ksvalidator', 'Traceback (most recent call last): no such module');
    expect((await ask('kickstart', 'cdrom\n')).said).toEqual([]);
  });
});
