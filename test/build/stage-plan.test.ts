import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { type LayerRecord, Layers } from '../../core/build/checkpoint-layers.ts';
import { keyed, type StageKey, type StageRecord } from '../../core/build/stage-chain.ts';
import type { StageInputs } from '../../core/build/stage-inputs.ts';
import { planStages } from '../../core/build/stage-plan.ts';
import { Store } from '../../core/store/store.ts';
import { TestScope } from '../guest/scope.ts';

const DAY_MS = 24 * 3600 * 1000;
const NOW = Date.parse('2026-02-10T00:00:00Z');
const folder = (): string => mkdtempSync(path.join(tmpdir(), 'goldsmith-plan-'));

const stagesOf = (source: string, answers: string): StageKey[] =>
  keyed([
    { stage: 'boot', after: undefined, inputs: { 'the source': source, 'the disks': 'same' } },
    { stage: 'install', after: undefined, inputs: { 'answers preseed.cfg': answers } },
    { stage: 'release', after: undefined, inputs: {} },
  ] satisfies StageInputs[]);

/** What a build that did so many of the stages leaves. @param kept those with a layer @returns the last layer */
async function build(layers: Layers, stages: StageKey[], ageDays: number, kept = stages): Promise<string> {
  let parent: string | undefined;
  let before: StageRecord | undefined;
  for (const one of stages) {
    const { stage, key, inputs } = one;
    before = { stage, key, inputs, ...(before ? { before } : {}) };
    if (!kept.includes(one)) continue;
    const id: string = await layers.begin(new TestScope(), parent);
    writeFileSync(layers.path(id, 'disk0.qcow2'), id);
    const at = new Date(NOW - ageDays * DAY_MS).toISOString();
    const checkpoint = { id, name: stage, at, ...(parent === undefined ? {} : { parent }) };
    const record = { checkpoint, image: 'web', machine: { disks: [] }, stage: before };
    await layers.freeze(id, record as unknown as Omit<LayerRecord, 'schema' | 'files'>);
    parent = id;
  }
  return parent ?? '';
}

const plan = async (layers: Layers, stages: StageKey[]) =>
  planStages(layers, await Store.open(folder()), 'web', stages, NOW);

it('names what changed in a stage, also where it is one before the stage that is done', async () => {
  const layers = new Layers(folder());
  await build(layers, stagesOf('one', 'one').slice(0, 2), 2);
  expect(await plan(layers, stagesOf('one', 'two'))).toEqual([
    { stage: 'boot', state: 'cached', changed: [] },
    { stage: 'install', state: 'changed', changed: ['answers preseed.cfg'] },
    { stage: 'release', state: 'after', changed: [] },
  ]);
  expect((await plan(layers, stagesOf('two', 'one')))[0]).toMatchObject({ state: 'changed', changed: ['the source'] });

  // A build with the other source came no further than its boot: the installation is still that of the first source.
  await build(layers, stagesOf('two', 'one').slice(0, 1), 1);
  expect((await plan(layers, stagesOf('two', 'one')))[1]).toMatchObject({
    state: 'changed',
    changed: ['the source (boot)'],
  });
});

it('names what changed also where only a later stage was kept', async () => {
  const layers = new Layers(folder());
  const done = stagesOf('one', 'one').slice(0, 2);
  await build(layers, done, 1, done.slice(1));
  const first = async (stages: StageKey[]) => (await plan(layers, stages))[0];
  expect(await first(stagesOf('two', 'one'))).toMatchObject({ state: 'changed', changed: ['the source'] });
  const changed = ['answers preseed.cfg (install)'];
  expect(await first(stagesOf('one', 'two'))).toMatchObject({ state: 'changed', changed });
  expect((await plan(layers, stagesOf('one', 'one')))[2]).toMatchObject({ state: 'new' });
});

it('says that a stage is old, that what it left is damaged, or that nothing is there', async () => {
  const layers = new Layers(folder());
  const stages = stagesOf('one', 'one');
  expect((await plan(layers, stages))[0]).toMatchObject({ state: 'new' });
  await build(layers, stages.slice(0, 1), 8);
  expect((await plan(layers, stages))[0]).toMatchObject({ state: 'old' });
  const id = await build(layers, stages.slice(0, 1), 1);
  expect((await plan(layers, stages))[0]).toMatchObject({ state: 'cached' });
  writeFileSync(layers.path(id, 'disk0.qcow2'), 'something else');
  expect((await plan(layers, stages))[0]).toMatchObject({ state: 'damaged' });
});
