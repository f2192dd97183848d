import { useState } from 'react';
import { LineList } from '../../parts/line-list.tsx';
import { clockTime } from '../../state/clock.ts';
import { eventText } from '../../state/event-text.ts';
import type { JournalView } from '../../state/journal.ts';

/** Everything the journal tells but lines, requests and progress, which have views of their own. */
export function EventTable({ view }: { view: JournalView }) {
  const [isFollowing, setFollowing] = useState(true);
  const { events } = view;
  return (
    <LineList
      count={events.length}
      keyOf={index => events[index]?.seq ?? index}
      render={index => {
        const event = events[index];
        return event ? (
          <span className={event.type === 'warning' ? 'gs-level-warning' : ''}>
            <span className="gs-time">{clockTime(event.at)}</span> <span className="gs-of">{event.type}</span>{' '}
            {eventText(event)}
          </span>
        ) : null;
      }}
      isFollowing={isFollowing}
      onFollowing={setFollowing}
      label="Events"
    />
  );
}
