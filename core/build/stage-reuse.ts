import type { Moment } from '../model/checkpoint.ts';
import { GoldsmithError } from '../model/failure.ts';
import type { ReleaseInfo } from '../model/image.ts';
import { isFree, isUdpFree } from './build-ports.ts';
import { adopt } from './checkpoint-back.ts';
import type { LayerRecord } from './checkpoint-layers.ts';
import { noCheckpoints, stageDriver } from './checkpoint-reason.ts';
import type { Scope } from './scope.ts';
import { LOGGED_IN, type Session } from './session.ts';
import { findRelease, findStage } from './stage-cache.ts';
import { keyed, type StageKey } from './stage-chain.ts';
import { hostInputs, stageInputs } from './stage-inputs.ts';
import { rememberSource } from './stage-source.ts';
import { type Served, serveAnswers } from './steps/answers.ts';
import { hasOutput } from './steps/artifact.ts';
import type { Source } from './steps/source.ts';

/** What a build need not do again. */
export interface Reuse {
  /** Everything: this is what it would come to. */
  release?: ReleaseInfo;
  /** The machine of an earlier build, as the last stage with the same inputs left it. */
  from?: LayerRecord;
}

/** Looks how far earlier builds got with the same inputs, and tells it. A person who goes back says it by themselves. */
export async function reusable(session: Session, source: Source): Promise<Reuse> {
  const { context, run } = session;
  await rememberSource(context.home.cache, context.target, source);
  if (context.target.image.stageCache && noCheckpoints(context.target) === undefined) {
    const host = hostInputs(context.target, context.facts, stageDriver(context.driver));
    session.inputs = async () => stageInputs(context.target, source.sha256, host);
  }
  if (context.from) return { from: context.from };
  const stages = context.isCacheUsed ? keyed(await session.inputs()) : [];
  if (stages.length === 0) return {};
  const release = await sameRelease(session, stages);
  if (release) {
    tell(session, stages);
    return { release };
  }
  const found = await findStage(session.layers, stages, Date.now(), canBeServed);
  if (!found) return {};
  tell(session, stages.slice(0, found.count));
  context.keys = found.record.keys;
  run.secrets.add(context.keys.clientKey.privateKey, context.keys.hostKey.privateKey);
  return { from: found.record };
}

/** A guest that has yet to ask for its answers asks where it was told to. */
async function canBeServed({ checkpoint, servedAt }: LayerRecord): Promise<boolean> {
  if (LOGGED_IN.has(checkpoint.moment.step)) return true;
  const { port, packagesPort, logPort } = servedAt;
  const isProxyFree = packagesPort === undefined || (await isFree(packagesPort));
  return isProxyFree && (await isFree(port)) && isUdpFree(logPort);
}

/** A named version, or files beside the release, want more than the release that is there. */
async function sameRelease({ context }: Session, stages: StageKey[]): Promise<ReleaseInfo | undefined> {
  const { target, store, isVersionGiven } = context;
  if (isVersionGiven || hasOutput(target)) return undefined;
  return findRelease(store, target.image.name, stages, Date.now());
}

const tell = ({ run }: Session, stages: StageKey[]): void => {
  for (const { stage, key } of stages) run.emit({ type: 'stage', stage, state: 'reused', key });
};

/** Nothing has changed since a release was made: it is this build's too. */
export async function takeRelease({ run, context }: Session, release: ReleaseInfo): Promise<ReleaseInfo> {
  const { image, version, id, path } = release;
  const { channel, store } = context;
  run.emit({
    type: 'note',
    message: `Nothing has changed since ${image}@${version} was built. --no-cache builds anew.`,
  });
  const isMoved = !release.channels.includes(channel);
  const current = isMoved ? (await store.promote(image, version, channel)).release : release;
  run.emit({ type: 'release', image, version, id, channel, path });
  return current;
}

/**
 * Serves the answers, where the guest of an earlier build was told to find them. Once somebody is logged in to it that
 * matters little, and another port does as well. @throws GoldsmithError `busy`
 */
export async function serveAgain(scope: Scope, session: Session, from: LayerRecord | undefined): Promise<Served> {
  const { context, listener } = session;
  try {
    return await serveAnswers(scope, context, listener, from?.servedAt);
  } catch (error) {
    const isTaken = error instanceof GoldsmithError && error.code === 'busy';
    if (!isTaken || !from || !LOGGED_IN.has(from.checkpoint.moment.step)) throw error;
    return serveAnswers(scope, context, listener);
  }
}

/** @param renew makes a new machine, where a stage of the cache cannot be gone on from */
export async function goOnFrom(session: Session, from: LayerRecord, renew: () => Promise<void>): Promise<Moment> {
  const { context, run } = session;
  if (context.from) return adopt(session, from);
  try {
    return await adopt(session, from);
  } catch (error) {
    run.signal.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    run.emit({ type: 'warning', message: `The stage of an earlier build cannot be gone on from: ${reason}` });
    await renew();
    return { step: 'boot' };
  }
}
