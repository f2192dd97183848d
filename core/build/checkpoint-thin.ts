import type { Session } from './session.ts';

/**
 * A build is done, and no machine uses its layers: their disks are compressed. What cannot be stays as it is. Those of
 * earlier builds are what they left.
 */
export function thinOut(session: Session): Promise<void> {
  const { layers, checkpoints, run } = session;
  return session.order.alone(async () => {
    for (const { id } of checkpoints.filter(({ by }) => by !== 'cache')) {
      await layers.compressDisks(id, run.signal).catch(() => run.signal.throwIfAborted());
    }
  });
}
