import { BEFORE_ANSWERS } from './checkpoint-turns.ts';
import { LOGGED_IN, type Session } from './session.ts';

/**
 * A build is done: moments within an installation that went well are not gone back to, and no other build begins from
 * them. Their memory is most of what all checkpoints take.
 */
export async function thinOut(session: Session): Promise<void> {
  const { layers, checkpoints, run } = session;
  const within = checkpoints.filter(({ by, moment }) => by === 'build' && !LOGGED_IN.has(moment.step));
  for (const { id, name } of within) {
    if (name === BEFORE_ANSWERS) continue;
    await layers.giveUpMemory(id, 'its memory was given up when the build was done').catch(() => undefined);
  }
  const [first, ...later] = checkpoints.filter(({ moment }) => LOGGED_IN.has(moment.step));
  // Those of earlier builds are what they left; what stands on a branch of its own has another base below it.
  const above = later.filter(({ id, by }) => by !== 'cache' && first && isAbove(session, id, first.id));
  for (const { id } of above) {
    await layers.compact(id, first?.id ?? '', run.signal).catch(() => undefined);
  }
}

function isAbove(session: Session, id: string, base: string): boolean {
  for (let one = session.known(id)?.parent; one !== undefined; one = session.known(one)?.parent) {
    if (one === base) return true;
  }
  return false;
}
