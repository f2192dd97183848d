import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { askBuild, type ControlRequest } from '../build/checkpoint-control.ts';
import { Layers } from '../build/checkpoint-layers.ts';
import { buildFiles, controlSocket } from '../build/context.ts';
import type { Checkpoint, CheckpointInfo } from '../model/checkpoint.ts';
import type { BuildOptions, BuildResult, RewindOptions, Watch } from '../model/engine.ts';
import { GoldsmithError } from '../model/failure.ts';
import type { BuildState } from '../model/fold.ts';
import { nearest } from '../model/nearest.ts';
import { allocatedBytes } from '../store/candidates.ts';
import type { EngineDeps } from './deps.ts';
import { runBuild } from './run-build.ts';

/** The checkpoints of a build, in the order they were taken. */
export async function listCheckpoints(deps: EngineDeps, id: string): Promise<CheckpointInfo[]> {
  const state = deps.builds.state(id);
  const layers = new Layers(deps.home.stages);
  return Promise.all(
    state.checkpoints.map(async checkpoint => {
      const record = await layers.read(checkpoint.id).catch(() => undefined);
      return {
        ...checkpoint,
        build: id,
        bytes: record ? await allocatedBytes(layers.path(checkpoint.id)) : 0,
        isCurrent: state.checkpoint === checkpoint.id,
        isGone: record === undefined,
      };
    }),
  );
}

/** Saves the moment of a running build. @throws GoldsmithError `busy` when its machine does not run */
export async function takeCheckpoint(deps: EngineDeps, id: string, name: string): Promise<Checkpoint> {
  const { checkpoint } = await tell(deps, id, { do: 'save', name });
  if (checkpoint) return checkpoint;
  throw new GoldsmithError('busy', 'No checkpoint was taken.', { hint: `goldsmith log ${id} says why.` });
}

/** Answers the question of a build that stands. @throws GoldsmithError `busy`, `not-found` */
export async function answerQuestion(deps: EngineDeps, id: string, choice: string): Promise<void> {
  await tell(deps, id, { do: 'answer', choice });
}

/** Opens the installer's shell. @returns what is typed on the serial console first */
export async function installerShell(deps: EngineDeps, id: string): Promise<string> {
  return (await tell(deps, id, { do: 'shell' })).keys ?? '';
}

const tell = (deps: EngineDeps, id: string, request: ControlRequest): ReturnType<typeof askBuild> =>
  askBuild(controlSocket(path.join(deps.home.runtime, id)), request);

/**
 * A build that runs goes back to one of its checkpoints; of one that has ended, a new build goes on from there.
 * @param wanted an id or a name
 * @throws GoldsmithError `not-found`, `store-damaged`, and what `build` throws
 */
export async function rewindBuild(
  deps: EngineDeps,
  id: string,
  wanted: string,
  options: RewindOptions,
  watch: Watch,
): Promise<BuildResult | { build: string }> {
  const state = deps.builds.state(id);
  const checkpoint = findCheckpoint(state, wanted);
  if (await deps.builds.isHeld(id)) {
    await tell(deps, id, { do: 'rewind', checkpoint: checkpoint.id });
    return { build: id };
  }
  const record = await new Layers(deps.home.stages).verify(checkpoint.id);
  const request = await readRequest(deps, id);
  const { version: _, ...before } = request.options;
  return runBuild(deps, request.target, { ...before, ...options }, watch, { build: id, record, cwd: request.cwd });
}

interface BuildRequest {
  target: string;
  cwd: string;
  options: BuildOptions;
}

async function readRequest(deps: EngineDeps, id: string): Promise<BuildRequest> {
  const text = await readFile(buildFiles(deps.builds.dir(id)).request, 'utf8').catch(cause => {
    throw new GoldsmithError(
      'not-found',
      `The build ${id} was made by an older Goldsmith and cannot be gone on with.`,
      {
        cause,
      },
    );
  });
  return JSON.parse(text) as BuildRequest;
}

/** By id, by the beginning of one, or by name; of two with one name the newer. */
function findCheckpoint({ id, checkpoints }: BuildState, wanted: string): Checkpoint {
  const exact = checkpoints.find(checkpoint => checkpoint.id === wanted);
  const named = checkpoints.findLast(({ name }) => name === wanted);
  const begun = checkpoints.filter(checkpoint => checkpoint.id.startsWith(wanted));
  const found = exact ?? named ?? (wanted !== '' && begun.length === 1 ? begun[0] : undefined);
  if (found) return found;
  const near = nearest(
    wanted,
    checkpoints.map(({ name }) => name),
  );
  throw new GoldsmithError('not-found', `The build ${id} has no checkpoint "${wanted}".`, {
    hint: near ? `Did you mean "${near}"?` : `goldsmith checkpoints ${id} lists them.`,
  });
}
