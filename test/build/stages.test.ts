import { chmodSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { freeLayers } from '../../core/build/checkpoint-budget.ts';
import { type LayerRecord, Layers } from '../../core/build/checkpoint-layers.ts';
import { findStage, STAGE_MAX_AGE_MS } from '../../core/build/stage-cache.ts';
import { keyed, StageChain } from '../../core/build/stage-chain.ts';
import { hashTree } from '../../core/build/stage-files.ts';
import type { StageInputs } from '../../core/build/stage-inputs.ts';
import { checkpointBefore } from '../../core/build/stages.ts';
import type { Checkpoint } from '../../core/model/checkpoint.ts';
import { allocatedBytes } from '../../core/store/candidates.ts';

const folder = (): string => mkdtempSync(path.join(tmpdir(), 'goldsmith-stages-'));

const stagesWith = (script: string): StageInputs[] => [
  { stage: 'boot', after: { step: 'install' }, inputs: { source: 'a' } },
  { stage: 'install', after: { step: 'provision', index: 0 }, inputs: { answers: 'b' } },
  { stage: 'provisioner 1: shell', after: { step: 'seal' }, inputs: { script } },
];

describe('the keys of stages', () => {
  it('change from the stage on whose input changed', () => {
    const [before, after] = [keyed(stagesWith('c')), keyed(stagesWith('d'))];
    expect(before.map(({ key }, nth) => key === after[nth]?.key)).toEqual([true, true, false]);
  });

  it('do not depend on the order in which inputs were found', () => {
    const [one] = keyed([{ stage: 'boot', after: undefined, inputs: { a: '1', b: '2' } }]);
    const [other] = keyed([{ stage: 'boot', after: undefined, inputs: { b: '2', a: '1' } }]);
    expect(one?.key).toBe(other?.key);
  });
});

describe('a chain of stages', () => {
  const pass = (chain: StageChain, stages: StageInputs[]): void => {
    for (const stage of stages) {
      chain.enter(stage);
      chain.leave();
    }
  };

  it('comes to the same key as the plan', () => {
    const chain = new StageChain();
    pass(chain, stagesWith('c'));
    expect(chain.done?.key).toBe(keyed(stagesWith('c'))[2]?.key);
  });

  it('knows nothing once a person went on over a failure', () => {
    const chain = new StageChain();
    pass(chain, stagesWith('c').slice(0, 2));
    chain.lose();
    pass(chain, stagesWith('c').slice(2));
    expect(chain.done).toBeUndefined();
  });

  it('goes on from a checkpoint only where the recipe as it is now would come to it', () => {
    const chain = new StageChain();
    const [, installed] = keyed(stagesWith('c'));
    chain.goBack(installed, keyed(stagesWith('d')));
    expect(chain.done?.key).toBe(installed?.key);
    chain.goBack(keyed(stagesWith('c'))[2], keyed(stagesWith('d')));
    expect(chain.done).toBeUndefined();
  });
});

describe('the hash of a folder', () => {
  it('changes with contents, names, links and the right to execute, and with nothing else', async () => {
    const dir = folder();
    const script = path.join(dir, 'run.sh');
    writeFileSync(script, 'one');
    const hashes = [await hashTree(dir)];
    const changes: (() => void)[] = [
      () => writeFileSync(script, 'two'),
      () => chmodSync(script, 0o755),
      () => writeFileSync(path.join(dir, 'more'), ''),
      () => mkdirSync(path.join(dir, 'empty')),
      () => symlinkSync('run.sh', path.join(dir, 'link')),
    ];
    for (const change of changes) {
      change();
      hashes.push(await hashTree(dir));
    }
    expect(new Set(hashes).size).toBe(hashes.length);
    writeFileSync(script, 'two');
    expect(await hashTree(dir)).toBe(hashes.at(-1));
    expect(await hashTree(path.join(dir, 'nothing'))).toBe('missing');
  });
});

const DAY_MS = 24 * 3600 * 1000;

interface Made {
  days: number;
  on?: string;
  by?: Checkpoint['by'];
  stage?: StageInputs[];
}

/** Frozen layers of one kilobyte each, made as many days ago as said; each stands on the one it names. */
async function layersOf(made: Record<string, Made>): Promise<Layers> {
  const layers = new Layers(folder());
  for (const [id, { days, on, by = 'build', stage }] of Object.entries(made)) {
    mkdirSync(layers.path(id));
    writeFileSync(layers.path(id, 'disk0.qcow2'), Buffer.alloc(1024, 1));
    const at = new Date(Date.now() - days * DAY_MS);
    const last = stage && keyed(stage).at(-1);
    const record = {
      checkpoint: { id, name: id, by, at: at.toISOString(), ...(on ? { parent: on } : {}) },
      build: 'b',
      image: 'i',
      ...(last ? { stage: last } : {}),
    };
    await layers.freeze(id, record as unknown as Omit<LayerRecord, 'schema' | 'files'>);
    await layers.touch(id, at);
  }
  return layers;
}

describe('where a build begins', () => {
  it('is the layer that holds most of its stages', async () => {
    const stages = stagesWith('c');
    const layers = await layersOf({
      a: { days: 1, stage: stages.slice(0, 1) },
      b: { days: 2, stage: stages.slice(0, 2) },
    });
    const found = await findStage(layers, keyed(stages), Date.now());
    expect([found?.record.checkpoint.id, found?.count]).toEqual(['b', 2]);
  });

  it('is none that is too old, damaged or not wanted', async () => {
    const stages = stagesWith('c');
    const layers = await layersOf({ a: { days: 1, stage: stages.slice(0, 1) }, b: { days: 0, stage: stages } });
    writeFileSync(layers.path('b', 'disk0.qcow2'), 'written to');
    const find = (nowMs: number, isUsable?: () => Promise<boolean>) =>
      findStage(layers, keyed(stages), nowMs, isUsable);
    expect((await find(Date.now()))?.record.checkpoint.id).toBe('a');
    expect(await find(Date.now(), async () => false)).toBeUndefined();
    expect(await find(Date.now() + STAGE_MAX_AGE_MS)).toBeUndefined();
  });
});

describe('the room for layers', () => {
  it('is made by giving up what was used least recently and what nothing stands on', async () => {
    const layers = await layersOf({
      base: { days: 9 },
      tip: { days: 2, on: 'base' },
      old: { days: 5 },
      used: { days: 6 },
    });
    await layers.touch('used', new Date());
    const bytes = await allocatedBytes(layers.path('base'));
    expect(await freeLayers(layers, 3 * bytes)).toEqual(['old']);
    expect(await freeLayers(layers, 1)).toEqual(['tip', 'base', 'used']);
  });

  it('is made by what a person took, before what builds go on from; but not by the newest of its build', async () => {
    const layers = await layersOf({
      base: { days: 9 },
      turn: { days: 8, on: 'base' },
      hand: { days: 2, on: 'base', by: 'person' },
      newest: { days: 1, on: 'base', by: 'person' },
    });
    expect(await freeLayers(layers, 1)).toEqual(['hand', 'turn', 'newest', 'base']);
  });

  it('is not made by taking away what a running machine stands on', async () => {
    const layers = await layersOf({ base: { days: 9 }, free: { days: 1 } });
    mkdirSync(layers.path('live'));
    writeFileSync(layers.path('live', 'parent'), 'base');
    expect(await freeLayers(layers, 1)).toEqual(['free']);
  });
});

describe('the checkpoint that a stage is done again from', () => {
  const at = (id: string, step: 'install' | 'provision', index?: number): Checkpoint => ({
    id,
    name: id,
    by: 'build',
    moment: index === undefined ? { step } : { step, index },
    at: '',
    pauseMs: 0,
    memoryBytes: 0,
  });

  it('is the newest before a provisioner, and the first of an installation', () => {
    const path = [at('a', 'install'), at('b', 'install'), at('c', 'provision', 0), at('d', 'provision', 1)];
    expect(checkpointBefore(path, { step: 'install' })?.id).toBe('a');
    expect(checkpointBefore(path, { step: 'provision' })?.id).toBe('c');
    expect(checkpointBefore(path, { step: 'provision', index: 1 })?.id).toBe('d');
    expect(checkpointBefore(path, { step: 'seal' })).toBeUndefined();
  });
});
