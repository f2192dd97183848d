import type { TurningPoint } from '../installer/installers.ts';
import type { Moment } from '../model/checkpoint.ts';
import { saveMoment } from './checkpoint-save.ts';
import { LOGGED_IN, type Session } from './session.ts';

/** The moment from which an installation is done again with other answers. */
export const BEFORE_ANSWERS = 'before the answers';

/**
 * Saves the moment before the guest asks for its answers: its first connection to the answer server waits until that
 * is done. What keeps it from working is told, and the guest gets its answers all the same.
 */
export async function saveBeforeAnswers(session: Session, moment: Moment): Promise<void> {
  const { vm } = session;
  if (session.noCheckpoints !== undefined || !vm?.holdConnection) return;
  const to = { host: session.served.way.host, port: session.served.at.port };
  const held = await vm.holdConnection(to).catch(() => undefined);
  // The guest runs on meanwhile, and waits for an answer: what it is after does not come before it is let go.
  const options = { by: 'build', isExact: false, stage: session.chain.pending } as const;
  void held?.isSeen.then(async isSeen => {
    if (isSeen && session.vm === vm) await saveMoment(session, BEFORE_ANSWERS, moment, options);
    await held.letGo();
  });
}

/** An installation has come so far that it is worth going back to. */
export function turned(session: Session, point: TurningPoint): void {
  const { moment, turns } = session;
  if (!moment) return;
  const { name, isExact = false } = point;
  if (session.path().some(checkpoint => checkpoint.name === name)) return;
  if (!session.vm || LOGGED_IN.has(moment.step) || turns.has(name)) return;
  turns.add(name);
  void saveMoment(session, name, moment, { by: 'build', isExact, stage: undefined });
}
