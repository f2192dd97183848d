import { Spinner } from '@patternfly/react-core';

/** Something is under way: always with the words what. */
export function Waiting({ what }: { what: string }) {
  return (
    <div className="gs-waiting" role="status">
      <Spinner size="lg" aria-hidden="true" /> <span>{what} …</span>
    </div>
  );
}
