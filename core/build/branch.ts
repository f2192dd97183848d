import type { Checkpoint } from '../model/checkpoint.ts';
import type { Stamped } from '../model/event.ts';

/** What happened on the way of a machine, and the checkpoints that it passed, the oldest first. */
export interface Way {
  events: Stamped[];
  checkpoints: Checkpoint[];
}

/**
 * What a journal tells of the way to a checkpoint, or to where the build stands: not what was done on branches that
 * were given up. Of checkpoints of earlier builds the journal knows only the names.
 */
export function wayTo(journal: Stamped[], tip: string | undefined): Way {
  const known = new Map<string, { checkpoint: Checkpoint; events: Stamped[] }>();
  let since: Stamped[] = [];
  let at: string | undefined;
  for (const event of journal) {
    if (event.type === 'rewound') {
      since = [];
      at = event.checkpoint;
    } else if (event.type !== 'checkpoint') since.push(event);
    else if (event.checkpoint.by === 'cache') known.set(event.checkpoint.id, { ...event, events: [] });
    else {
      // It is told once it is kept; the machine has gone on meanwhile.
      const { checkpoint } = event;
      const isBefore = ({ at, type }: Stamped): boolean => at <= checkpoint.at || type === 'stage';
      known.set(checkpoint.id, { checkpoint, events: since.filter(isBefore) });
      since = since.filter(one => !isBefore(one));
      at = checkpoint.id;
    }
  }
  const way: Way = { events: tip === undefined ? since : [], checkpoints: [] };
  for (let one = known.get(tip ?? at ?? ''); one; one = known.get(one.checkpoint.parent ?? '')) {
    way.events.unshift(...one.events);
    way.checkpoints.unshift(one.checkpoint);
  }
  return way;
}
