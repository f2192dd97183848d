import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Store } from '../../core/store/store.ts';
import { freeVersion, reserveVersion } from '../../core/store/version.ts';

const NOW = new Date('2026-02-03T04:05:06Z');

async function temporary(): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'goldsmith-version-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  return dir;
}

it('gives builds that begin in one moment a version each, and one that was given back again', async () => {
  const store = await Store.open(await temporary());
  const lab = await temporary();
  const begun = await Promise.all([1, 2, 3].map(() => reserveVersion(lab, 'web', store, NOW)));
  onTestFinished(async () => void (await Promise.all(begun.map(({ lock }) => lock.release()))));
  expect(begun.map(({ version }) => version).sort()).toEqual(['2026.02.03', '2026.02.03.2', '2026.02.03.3']);

  const first = begun.find(({ version }) => version === '2026.02.03');
  await first?.lock.release();
  const next = await reserveVersion(lab, 'web', store, NOW);
  await next.lock.release();
  expect(next).toMatchObject({ version: '2026.02.03', describe: '2026.02.03', isDirty: false });
});

it('names a dirty repository so, and keeps what a file name cannot hold out of the version', async () => {
  const store = await Store.open(await temporary());
  expect(await freeVersion('v1/2-dirty', 'web', store)).toMatchObject({ describe: 'v1/2-dirty', isDirty: true });
});
