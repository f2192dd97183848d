import type { StepName } from './event.ts';
import type { Failure } from './failure.ts';

/** Where in the list of a build's stages it goes on: the step, and for provisioners which one runs next (from 0). */
export interface Moment {
  step: Extract<StepName, 'boot' | 'install' | 'connect' | 'provision' | 'seal' | 'shutdown'>;
  index?: number;
}

/** A whole moment of a build's machine: disks, memory, devices. Checkpoints of one build are a tree. */
export interface Checkpoint {
  /** Unique among all builds; short enough to be typed. */
  id: string;
  /** What a person calls it: `before the answers`, `before provisioner 2: shell`, or as they named it. */
  name: string;
  /** Who took it: the build at a turning point, a person, or an earlier build that this one goes on from. */
  by: 'build' | 'person' | 'cache';
  moment: Moment;
  /** The checkpoint this one grew from; none for the first. */
  parent?: string;
  /** ISO 8601 UTC. */
  at: string;
  /** How long the guest stood still for it. */
  pauseMs: number;
  memoryBytes: number;
  /** Why it holds the disks only, where memory and devices could not be saved. */
  diskOnly?: string;
}

/** A checkpoint as it is now, for people. */
export interface CheckpointInfo extends Checkpoint {
  build: string;
  /** What it takes of the host's disk beside what other checkpoints share with it. */
  bytes: number;
  /** The build's machine went on from here last. */
  isCurrent: boolean;
  /** It was given up for space, or its build's folder was cleaned. */
  isGone: boolean;
}

/**
 * Checkpoints as a tree: what grew from one stands below it, at the same depth; a second branch one deeper.
 * @param all of one build, in the order they were taken
 */
export function treeOf<T extends Checkpoint>(all: T[]): { checkpoint: T; depth: number }[] {
  const known = new Set(all.map(({ id }) => id));
  const below = (parent: string | undefined, depth: number): { checkpoint: T; depth: number }[] =>
    all
      .filter(one => (known.has(one.parent ?? '') ? one.parent : undefined) === parent)
      .flatMap((checkpoint, nth) => {
        const own = nth === 0 ? depth : depth + 1;
        return [{ checkpoint, depth: own }, ...below(checkpoint.id, own)];
      });
  return below(undefined, 0);
}

/** Something a build asks a person; the build stands until it is answered. */
export interface StandingQuestion {
  text: string;
  choices: { key: string; label: string }[];
  /** What it is asked about. */
  failure?: Failure;
  /** ISO 8601 UTC. */
  at: string;
}
