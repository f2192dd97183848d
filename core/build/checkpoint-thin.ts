import type { Session } from './session.ts';

/**
 * No machine uses a build's layers any more: their disks are compressed, as far as the build is not ended before. What
 * cannot be stays as it is. Those of earlier builds are what they left. Never rejects.
 */
export function thinOut({ layers, checkpoints, run, order }: Session): Promise<void> {
  return order.alone(async () => {
    for (const { id } of checkpoints.filter(({ by }) => by !== 'cache')) {
      if (!run.signal.aborted) await layers.compressDisks(id, run.signal).catch(() => undefined);
    }
  });
}
