import { INSTALLERS, type TurningPoint } from '../installer/installers.ts';
import type { Moment } from '../model/checkpoint.ts';
import { isAmongOthers } from './checkpoint-reason.ts';
import { saveMoment } from './checkpoint-save.ts';
import type { Seen } from './observer.ts';
import { installerOf } from './parameters.ts';
import { LOGGED_IN, type Session } from './session.ts';

/** The moment from which an installation is done again with other answers. */
export const BEFORE_ANSWERS = 'before the answers';

/**
 * Saves the moment before the guest asks for its answers: its first connection to the answer server waits until that
 * is done. What keeps it from working is told, and the guest gets its answers all the same. On a network with others
 * QEMU's filter does not see the packets as they are.
 */
export async function saveBeforeAnswers(session: Session, moment: Moment): Promise<void> {
  const { vm } = session;
  if (session.noCheckpoints !== undefined || isAmongOthers(session.context) || !vm?.holdConnection) return;
  const { port, packagesPort } = session.served.at;
  // An installer with a proxy asks that for its answers, too.
  const ports = [port, ...(packagesPort === undefined ? [] : [packagesPort])];
  const to = { host: session.served.way.host, ports };
  const held = await vm.holdConnection(to).catch(() => undefined);
  // The guest runs on meanwhile, and waits for an answer: what it is after does not come before it is let go.
  const options = { by: 'build', isExact: false, stage: session.chain.pending } as const;
  void held?.isSeen.then(async isSeen => {
    if (isSeen && session.vm === vm) await saveMoment(session, BEFORE_ANSWERS, moment, options);
    await held.letGo();
  });
}

/** Saves the moments of an installation that are worth going back to: those of its installer, and the lab's own. */
export function turnsOf(session: Session): Seen {
  const { target } = session.context;
  const { turningPoints } = INSTALLERS[installerOf(target)];
  const own = target.image.checkpoints || [];
  const turn = (names: string[], isExact: boolean): void => {
    for (const name of names) turned(session, { name, ...(isExact ? { isExact } : {}) });
  };
  return {
    stage: id => {
      const known = Object.hasOwn(turningPoints, id) ? turningPoints[id] : undefined;
      if (known) turned(session, known);
      turn(namesOf(own.filter(({ stage }) => stage === id)), false);
    },
    // Who names a line means that very moment.
    line: text => turn(namesOf(own.filter(({ log }) => log !== undefined && text.includes(log))), true),
  };
}

const namesOf = (list: { name: string }[]): string[] => list.map(({ name }) => name);

/** Each once: an installer that was gone back with comes to it again. */
function turned(session: Session, point: TurningPoint): void {
  const { moment, turns } = session;
  if (!moment) return;
  const { name, isExact = false } = point;
  if (session.path().some(checkpoint => checkpoint.name === name)) return;
  if (!session.vm || LOGGED_IN.has(moment.step) || turns.has(name)) return;
  turns.add(name);
  const saved = saveMoment(session, name, moment, { by: 'build', isExact, stage: undefined });
  saved.catch(() => undefined); // of an abort
}
