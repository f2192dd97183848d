import { Spinner } from '@patternfly/react-core';
import { useEffect, useState } from 'react';

/** So long nobody wonders. */
const LONG_MS = 4000;

/** Something is under way: always with the words what; `later` is said when it takes long, and why it may. */
export function Waiting({ what, later }: { what: string; later?: string }) {
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), LONG_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className="gs-waiting" role="status">
      <Spinner size="lg" aria-hidden="true" /> <span>{what} …</span>
      {isLong && later && <small>{later}</small>}
    </div>
  );
}
