import { mkdirSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { DEFAULTS, exportRelease, parseTargets, slowestFirst } from '../../core/export/export.ts';
import type { TargetName } from '../../core/model/export.ts';
import { GoldsmithError } from '../../core/model/failure.ts';
import { tryLock } from '../../core/store/lock.ts';
import { TestScope } from '../guest/scope.ts';
import { ALL, makeSmallRelease } from './small-release.ts';

const { dir, at, release, manifest, make, readRoot } = await makeSmallRelease(40 * 1024 ** 2 + 4096);

beforeAll(() => make(['raw'], at('out')));

describe('bad input', () => {
  it('names the nearest target', () => {
    expect(() => parseTargets(['qcow'])).toThrow(
      expect.objectContaining({ code: 'usage', hint: 'Did you mean qcow2?' }),
    );
  });

  it.each(['tomorrow', '-1', '1.5', '99999999999'])('says what SOURCE_DATE_EPOCH is: %s', async epoch => {
    vi.stubEnv('SOURCE_DATE_EPOCH', epoch);
    const made = make(['raw'], at('when')).finally(() => vi.unstubAllEnvs());
    await expect(made).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining(`"${epoch}"`) });
    expect((await readdir(dir)).filter(name => name.includes('when'))).toEqual([]);
  });

  it('never writes into a folder that is there, and leaves nothing after a failure', async () => {
    await expect(make(['raw'], at('out'))).rejects.toMatchObject({ code: 'exists' });
    const scope = new TestScope();
    scope.cancel();
    await expect(exportRelease(scope, release, manifest, ['raw'], at('cancelled'))).rejects.toBeDefined();
    expect((await readdir(dir)).filter(name => name.includes('cancelled'))).toEqual([]);
  });
});

it('begins with what takes one processor longest, and nobody waits for a file that another one makes', () => {
  expect(slowestFirst(['raw', 'openstack', 'qcow2', 'gcp', 'docker'])).toEqual([
    'docker',
    'openstack',
    'raw',
    'gcp',
    'qcow2',
  ]);
});

it('the first target that fails ends the others, and is the one that is told', async () => {
  const scope = new TestScope();
  const broken = (): Promise<number> => Promise.reject(new GoldsmithError('unsupported', 'no shell'));
  const targets: TargetName[] = ['docker', ...ALL.filter(target => target !== 'docker')];
  const made = exportRelease(scope, release, manifest, targets, at('broken'), DEFAULTS, broken);
  await expect(made).rejects.toMatchObject({ code: 'unsupported', message: 'no shell' });
  const finished = scope.events.filter(event => event.type === 'note' && / s\)$/.test(event.message));
  expect(finished.length).toBeLessThan(2);
  expect((await readdir(dir)).filter(name => name.includes('broken'))).toEqual([]);
});

describe('an export that is interrupted', () => {
  const left = async (name: string): Promise<string[]> => (await readdir(dir)).filter(entry => entry.includes(name));

  it('leaves nothing, in whichever target it was', async () => {
    for (const [nth, target] of ALL.entries()) {
      const scope = new TestScope();
      const emit = scope.emit.bind(scope);
      scope.emit = event => {
        emit(event);
        if (event.type === 'progress' || event.type === 'note') scope.cancel();
      };
      const out = at(`cancelled-${nth}`);
      const made = exportRelease(scope, release, manifest, [target], out, DEFAULTS, readRoot);
      await expect(made, target).rejects.toMatchObject({ name: 'AbortError' });
      expect([target, await left('cancelled')]).toEqual([target, []]);
    }
  });

  it('is cleared away by the next one when it was killed, and only then', async () => {
    mkdirSync(at('.killed.0123abcd'));
    mkdirSync(at('.killed.0123abcd.work'));
    mkdirSync(at('.killed.89abcdef'));
    mkdirSync(at('.killed.mine'));
    const lock = await tryLock(`export ${at('.killed.89abcdef')}`);
    await make(['raw'], at('killed'));
    await lock?.release();
    expect((await left('killed')).sort()).toEqual(['.killed.89abcdef', '.killed.mine', 'killed']);
  });
});
