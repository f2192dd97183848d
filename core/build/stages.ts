import type { Checkpoint, Moment } from '../model/checkpoint.ts';
import { goBack } from './checkpoint-back.ts';
import { saveMoment } from './checkpoint-save.ts';
import type { Scope } from './scope.ts';
import type { Session } from './session.ts';
import type { StageInputs } from './stage-inputs.ts';
import { type Choice, GoBack } from './stages-choice.ts';

/** A part of a build that can be done again from the checkpoint before it. */
export interface Stage {
  /** Unique in the list: where a build goes on. */
  moment: Moment;
  detail?: string;
  /** The moment is saved under this name before it begins. */
  checkpoint?: string;
  /** The machine may end in it without that being a failure. */
  endsMachine?: boolean;
  /** It only waits for the guest: going on means to wait longer. */
  isWait?: boolean;
  /** What goes into it, where later builds may begin from what it leads to. */
  inputs?: () => Promise<StageInputs | undefined>;
  work(scope: Scope): Promise<void>;
}

export interface Stages {
  session: Session;
  /** Asked anew after each change of the recipe. */
  list(): Stage[];
  /** What a stage's failure leads to. */
  onFailure(error: unknown, stage: Stage): Promise<Choice>;
  /** Before a stage is done again: what a person changed is read. */
  reread(): Promise<void>;
  /** A machine that was never switched on, where no checkpoint leads back that far. */
  renew(): Promise<void>;
  /** The build ends with the failure of a stage. */
  onEnd(stage: Stage): Promise<void>;
}

const isSame = (a: Moment, b: Moment): boolean => a.step === b.step && (a.index ?? 0) === (b.index ?? 0);

/** Passes the stages one after the other, from a moment on, until the last one is done or the build is given up. */
export async function passStages(stages: Stages, from: Moment): Promise<void> {
  const { session } = stages;
  let moment: Moment | undefined = from;
  let isSaved = session.current !== undefined;
  while (moment !== undefined) {
    const stage = stageAt(stages.list(), moment);
    if (!stage) return session.run.leave();
    session.run.enter(stage.moment.step, stage.detail);
    const attempt = session.begin(stage.endsMachine ?? false);
    session.moment = stage.moment;
    try {
      if (stage.checkpoint !== undefined && !isSaved) {
        await saveMoment(session, stage.checkpoint, stage.moment, { by: 'build', isExact: false });
      }
      isSaved = false;
      session.chain.enter(await stage.inputs?.());
      await session.guard.during(stage.work(attempt));
      session.chain.leave();
      moment = next(stages.list(), stage);
    } catch (error) {
      attempt.giveUp(error);
      moment = await afterFailure(stages, stage, error);
      isSaved = true;
    }
  }
  session.run.leave();
}

/** The stage of a moment; the one behind it where the recipe has lost it. */
function stageAt(list: Stage[], moment: Moment): Stage | undefined {
  const exact = list.find(stage => isSame(stage.moment, moment));
  return exact ?? list[list.findLastIndex(stage => stage.moment.step === moment.step) + 1];
}

const next = (list: Stage[], stage: Stage): Moment | undefined =>
  list[list.findIndex(one => isSame(one.moment, stage.moment)) + 1]?.moment;

/** Asks until the build can go on. @returns where. @throws the failure when it is to end */
async function afterFailure(stages: Stages, stage: Stage, error: unknown): Promise<Moment | undefined> {
  const { session } = stages;
  let failure = error;
  await session.idle(); // the moment before it may be kept only now
  for (;;) {
    session.run.signal.throwIfAborted();
    const choice: Choice =
      failure instanceof GoBack
        ? { kind: 'rewind', checkpoint: failure.checkpoint }
        : await stages.onFailure(failure, stage);
    if (choice.kind === 'end') {
      await stages.onEnd(stage);
      throw failure;
    }
    try {
      if (choice.kind === 'go-on') {
        if (stage.isWait) return stage.moment;
        session.chain.lose();
        return next(stages.list(), stage);
      }
      if (choice.kind === 'rewind' || choice.isReread) await stages.reread();
      session.run.abandon();
      if (choice.kind === 'rewind') return await goBack(session, choice.checkpoint);
      return await retry(stages, stage);
    } catch (further) {
      failure = further;
    }
  }
}

async function retry(stages: Stages, { moment, isWait }: Stage): Promise<Moment> {
  const { session } = stages;
  const before = checkpointBefore(session.path(), moment);
  if (before) return goBack(session, before.id);
  if (moment.step !== 'boot' && moment.step !== 'install') {
    if (!isWait) session.chain.lose();
    return moment;
  }
  await stages.renew();
  return { step: 'boot' };
}

/**
 * The checkpoint a stage is done again from: the newest one before it. An installation is repeated from its first one,
 * which stands before the answers are fetched, since those are what a person changes.
 */
export function checkpointBefore(path: Checkpoint[], moment: Moment): Checkpoint | undefined {
  const same = path.filter(checkpoint => isSame(checkpoint.moment, moment));
  return moment.step === 'install' ? same[0] : same.at(-1);
}
