import { Alert, EmptyState, EmptyStateBody } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { BuildState } from '../../../core/model/fold.ts';
import { formatBytes, formatMs } from '../../../core/model/quantity.ts';
import { clockTime } from '../../state/clock.ts';
import type { JournalView, RequestLine } from '../../state/journal.ts';

/** Rows drawn at once; the newest are what matters. */
const MOST_SHOWN = 500;

/** Each fetch of the answer server, and what was never fetched. */
export function RequestTable({ view, state }: { view: JournalView; state: BuildState }) {
  const never = neverFetched(view, state);
  return (
    <>
      {never.length > 0 && (
        <Alert
          isInline
          variant="info"
          title={`${state.outcome === 'running' ? 'Not fetched yet' : 'Never fetched'}: ${never.length === 1 ? never[0] : `${never.length} files`}`}
          className="gs-note"
        >
          {never.length > 1 && <span className="gs-mono">{never.join(' ')}</span>}
        </Alert>
      )}
      {view.requests.length === 0 ? (
        <EmptyState
          titleText={state.outcome === 'running' ? 'No request yet' : 'No request'}
          headingLevel="h3"
          variant="sm"
        >
          <EmptyStateBody>
            {state.outcome === 'running'
              ? 'The installer has asked the answer server for nothing so far.'
              : 'Nothing was asked of the answer server: the installation was taken from an earlier build, or never came so far.'}
          </EmptyStateBody>
        </EmptyState>
      ) : (
        <Table aria-label="Requests" variant="compact">
          <Thead>
            <Tr>
              <Th>Time</Th>
              <Th>Request</Th>
              <Th>Status</Th>
              <Th>Bytes</Th>
              <Th>Took</Th>
            </Tr>
          </Thead>
          <Tbody>
            {view.requests.slice(-MOST_SHOWN).map(request => (
              <RequestRow key={request.seq} request={request} />
            ))}
          </Tbody>
        </Table>
      )}
    </>
  );
}

function RequestRow({ request }: { request: RequestLine }) {
  const { at, method, path, status, bytes, ms } = request;
  return (
    <Tr className={status >= 400 ? 'gs-bad-row' : ''}>
      <Td dataLabel="Time">{clockTime(at)}</Td>
      <Td dataLabel="Request" className="gs-mono">
        {method} {path}
      </Td>
      <Td dataLabel="Status">{status}</Td>
      <Td dataLabel="Bytes">{formatBytes(bytes)}</Td>
      <Td dataLabel="Took" modifier="nowrap">
        {ms < 1000 ? `${ms} ms` : formatMs(ms)}
      </Td>
    </Tr>
  );
}

/** What was served and nobody asked for. */
function neverFetched({ requests }: JournalView, { served = [] }: BuildState): string[] {
  const fetched = new Set(requests.filter(({ status }) => status < 400).map(({ path }) => path));
  return served.filter(path => !fetched.has(path));
}
