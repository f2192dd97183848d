import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { type LayerRecord, Layers } from '../../core/build/checkpoint-layers.ts';
import { keyed, type StageKey } from '../../core/build/stage-chain.ts';
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

/** What a build that did so many of the stages leaves. @returns the last layer */
async function build(layers: Layers, stages: StageKey[], ageDays: number): Promise<string> {
  let parent: string | undefined;
  for (const { stage, key, inputs } of stages) {
    const id: string = await layers.begin(new TestScope(), parent);
    writeFileSync(layers.path(id, 'disk0.qcow2'), id);
    const at = new Date(NOW - ageDays * DAY_MS).toISOString();
    const checkpoint = { id, name: stage, at, ...(parent === undefined ? {} : { parent }) };
    const record = { checkpoint, image: 'web', machine: { disks: [] }, stage: { stage, key, inputs } };
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
