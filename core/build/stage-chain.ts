import type { Moment } from '../model/checkpoint.ts';
import { hashOf } from './stage-files.ts';
import type { Inputs, StageInputs } from './stage-inputs.ts';

/** The last stage that went into a machine, and a key of it and all before it. */
export interface StageRecord {
  stage: string;
  key: string;
  /** Of this stage alone: they tell what has changed. */
  inputs: Inputs;
  /** The stage before it; missing: it is the first one. Not each stage has a layer of its own that would tell. */
  before?: StageRecord;
}

/** A stage and all before it, the first one first. */
export const lineage = (record: StageRecord | undefined): StageRecord[] =>
  record ? [...lineage(record.before), record] : [];

export interface StageKey extends StageRecord {
  after: Moment | undefined;
}

const keyAfter = (before: string, { stage, inputs }: Pick<StageInputs, 'stage' | 'inputs'>): string =>
  hashOf([before, stage, Object.entries(inputs).sort(([a], [b]) => (a < b ? -1 : 1))]);

/** Each stage with the key of what a machine is once it is done. */
export function keyed(stages: StageInputs[]): StageKey[] {
  let before = '';
  return stages.map(stage => {
    before = keyAfter(before, stage);
    return { ...stage, key: before };
  });
}

/**
 * What the machine of a build is made of, as far as that is known. Once a person went on over a failure, or went back
 * to a moment that the recipe as it is now would not have made, nothing is known, and nothing is kept for later builds.
 */
export class StageChain {
  #key: string | undefined = '';
  #done: StageRecord | undefined;
  #pending: StageRecord | undefined;

  /** The last stage that is done; undefined where that is none, or not known. */
  get done(): StageRecord | undefined {
    return this.#done;
  }

  /** What the stage that runs now leads to. */
  get pending(): StageRecord | undefined {
    return this.#pending;
  }

  /** A machine that was never switched on. */
  restart(): void {
    this.#key = '';
    this.#done = undefined;
    this.#pending = undefined;
  }

  /** A stage begins. @param inputs read before it runs: what is changed meanwhile is not in it */
  enter(inputs: StageInputs | undefined): void {
    const [key, before] = [this.#key, this.#done];
    this.#pending =
      inputs && key !== undefined
        ? { stage: inputs.stage, key: keyAfter(key, inputs), inputs: inputs.inputs, ...(before ? { before } : {}) }
        : undefined;
  }

  /** It is done. */
  leave(): void {
    if (this.#pending) this.#now(this.#pending);
  }

  lose(): void {
    this.#now(undefined);
  }

  /** The machine stands at a checkpoint. @param stages of the recipe as it is now */
  goBack(record: StageRecord | undefined, stages: StageKey[]): void {
    this.#now(stages.some(({ key }) => key === record?.key) ? record : undefined);
  }

  #now(record: StageRecord | undefined): void {
    this.#done = record;
    this.#key = record?.key;
    this.#pending = undefined;
  }
}
