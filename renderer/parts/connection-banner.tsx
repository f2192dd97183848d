import { Alert, PageSection } from '@patternfly/react-core';
import { useConnection } from '../link/engine.ts';

/** Says when we are cut off: what is shown may be old. */
export function ConnectionBanner() {
  const status = useConnection(connection => connection.status);
  if (status !== 'lost') return null;
  return (
    <PageSection>
      <Alert isInline variant="warning" title="Not connected to Goldsmith">
        Trying again … Builds and machines go on meanwhile. If this stays, start <code>goldsmith serve</code> again and
        open the address it prints.
      </Alert>
    </PageSection>
  );
}
