import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { knownSource, rememberSource } from '../../core/build/stage-source.ts';
import type { Source } from '../../core/build/steps/source.ts';
import type { Target } from '../../core/build/target.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

it('knows what a build has read, and reads a file again that was changed since', async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-source-'));
  const file = path.join(dir, 'installer.iso');
  const target = {
    image: {},
    builder: { source: { isoUrls: [file], isoChecksum: 'none', diskImage: false } },
  } as unknown as Target;
  expect(await knownSource(dir, target)).toBeUndefined();

  writeFileSync(file, 'one');
  await rememberSource(dir, target, { path: file, sha256: sha256('one') } as Source);
  expect(await knownSource(dir, target)).toBe(sha256('one'));
  writeFileSync(file, 'another');
  expect(await knownSource(dir, target)).toBe(sha256('another'));
  rmSync(file);
  expect(await knownSource(dir, target)).toBe(sha256('one')); // a download that was given up comes again
});
