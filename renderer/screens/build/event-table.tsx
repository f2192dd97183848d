import { useState } from 'react';
import { LineDetail } from '../../parts/line-detail.tsx';
import { LineList } from '../../parts/line-list.tsx';
import { clockTime } from '../../state/clock.ts';
import { eventText } from '../../state/event-text.ts';
import type { JournalView } from '../../state/journal.ts';

/** Everything the journal tells but lines, requests and progress, which have views of their own. */
export function EventTable({ view }: { view: JournalView }) {
  const [isFollowing, setFollowing] = useState(true);
  const [chosen, setChosen] = useState<number>();
  const { events } = view;
  const event = chosen === undefined ? undefined : events[chosen];
  return (
    <>
      <LineList
        count={events.length}
        keyOf={index => events[index]?.seq ?? index}
        render={index => <Row event={events[index]} />}
        isFollowing={isFollowing && chosen === undefined}
        onFollowing={setFollowing}
        label="Events"
        chosen={chosen}
        onChoose={setChosen}
      />
      {event && <LineDetail text={JSON.stringify(event, undefined, 2)} onClose={() => setChosen(undefined)} />}
    </>
  );
}

function Row({ event }: { event: JournalView['events'][number] | undefined }) {
  if (!event) return null;
  return (
    <span className={event.type === 'warning' ? 'gs-level-warning' : ''}>
      <span className="gs-time">{clockTime(event.at)}</span> <span className="gs-of gs-of-event">{event.type}</span>{' '}
      {eventText(event)}
    </span>
  );
}
