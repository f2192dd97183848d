import { Button, Card, CardBody, CardTitle } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useCallback, useEffect, useState } from 'react';
import type { Failure } from '../../../core/model/failure.ts';
import { formatBytes } from '../../../core/model/quantity.ts';
import type { CallArguments, StorageInfo } from '../../../electron/ipc/contract.ts';
import { call, useConnection } from '../../link/engine.ts';
import { FailureAlert } from '../../parts/failure.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { confirm, tell, tellFailure } from '../../state/ask.ts';

const MONTH_MS = 30 * 24 * 3600 * 1000;

type Cleanup = { title: string; args: Omit<CallArguments<'clean'>, 'dryRun'> };

/** What can be given up of a kind. Everything else goes one by one, on the screen it belongs to. */
const CLEANUPS: Record<string, Cleanup> = {
  builds: { title: 'Remove builds older than 30 days', args: { what: 'builds', olderThanMs: MONTH_MS } },
  stages: { title: 'Remove what no build uses', args: { what: 'stages' } },
  cache: { title: 'Empty, with unused stages', args: { what: 'caches' } },
};
const LEFTOVERS: Cleanup = { title: 'Remove what crashes left', args: { what: 'leftovers' } };

/** Where the disk's space went, and how to get it back. */
export function Storage() {
  const [storage, setStorage] = useState<StorageInfo | Failure>();
  const epoch = useConnection(connection => connection.epoch);
  const read = useCallback(async (): Promise<void> => {
    const reply = await call('storage', {});
    setStorage(reply.ok ? reply.value : reply.failure);
  }, []);
  useEffect(() => {
    if (epoch > 0) void read();
  }, [epoch, read]);
  if (!storage) return <Waiting what="Measuring the storage" />;
  if ('code' in storage) return <FailureAlert failure={storage} title="The storage cannot be measured" />;
  const { home, freeBytes, totalBytes, kinds } = storage;
  return (
    <Card>
      <CardTitle component="h2">Storage</CardTitle>
      <CardBody>
        <p>
          <span className="gs-mono">{home}</span>: {formatBytes(freeBytes)} free of {formatBytes(totalBytes)}
        </p>
        <Table aria-label="Storage by kind" variant="compact">
          <Thead>
            <Tr>
              <Th>What</Th>
              <Th>Size</Th>
              <Th>Where</Th>
              <Th screenReaderText="Clean up" />
            </Tr>
          </Thead>
          <Tbody>
            {kinds.map(({ kind, what, path, bytes }) => (
              <Tr key={kind}>
                <Td dataLabel="What">{what}</Td>
                <Td dataLabel="Size" modifier="nowrap">
                  {formatBytes(bytes)}
                </Td>
                <Td dataLabel="Where" className="gs-mono">
                  {path}
                </Td>
                <Td isActionCell>{CLEANUPS[kind] && <CleanButton cleanup={CLEANUPS[kind]} onDone={read} />}</Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
        <div className="gs-actions">
          <CleanButton cleanup={LEFTOVERS} onDone={read} />
        </div>
      </CardBody>
    </Card>
  );
}

function CleanButton({ cleanup: { title, args }, onDone }: { cleanup: Cleanup; onDone(): void }) {
  return (
    <Button variant="secondary" size="sm" onClick={() => void clean(title, args).then(onDone)}>
      {title} …
    </Button>
  );
}

/** First what it would free; then, when a person agrees, the same for real. */
async function clean(title: string, args: Cleanup['args']): Promise<void> {
  const preview = await call('clean', { ...args, dryRun: true });
  if (!preview.ok) return tellFailure(preview.failure);
  const bytes = preview.value.reduce((sum, { freedBytes }) => sum + freedBytes, 0);
  if (preview.value.length === 0) return tell({ variant: 'info', title: 'There is nothing to clean up.' });
  const isWanted = await confirm({
    title: `${title}?`,
    text: `${formatBytes(bytes)} in ${preview.value.length === 1 ? 'one thing' : `${preview.value.length} things`} become free: ${preview.value
      .slice(0, 8)
      .map(({ kind, name }) => `${kind} ${name}`)
      .join(', ')}${preview.value.length > 8 ? ' and others' : ''}.`,
    confirm: 'Remove',
    isDanger: true,
  });
  if (!isWanted) return;
  const reply = await call('clean', { ...args, dryRun: false });
  if (!reply.ok) return tellFailure(reply.failure);
  const freed = reply.value.reduce((sum, { freedBytes }) => sum + freedBytes, 0);
  tell({ variant: 'success', title: `${formatBytes(freed)} are free again.` });
}
