import { Button, Card, CardBody, CardTitle } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useCallback, useEffect, useState } from 'react';
import { formatBytes } from '../../../core/model/quantity.ts';
import type { CallArguments, StorageInfo } from '../../../electron/ipc/contract.ts';
import { call, useConnection } from '../../link/engine.ts';
import { Waiting } from '../../parts/waiting.tsx';
import { confirm, tell, tellFailure } from '../../state/ask.ts';

const MONTH_MS = 30 * 24 * 3600 * 1000;

/** Clean-ups from the harmless to the thorough. */
const CLEANUPS: { title: string; args: Omit<CallArguments<'clean'>, 'dryRun'> }[] = [
  { title: 'What crashes left', args: { all: false } },
  { title: 'Builds older than 30 days', args: { all: false, olderThanMs: MONTH_MS } },
  { title: 'Caches too', args: { all: true } },
];

/** Where the disk's space went, and how to get it back. */
export function Storage() {
  const [storage, setStorage] = useState<StorageInfo>();
  const epoch = useConnection(connection => connection.epoch);
  const read = useCallback(async (): Promise<void> => {
    const reply = await call('storage', {});
    if (reply.ok) setStorage(reply.value);
  }, []);
  useEffect(() => {
    if (epoch > 0) void read();
  }, [epoch, read]);
  if (!storage) return <Waiting what="Measuring the storage" />;
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
            </Tr>
          </Thead>
          <Tbody>
            {kinds.map(({ kind, what, path, bytes }) => (
              <Tr key={kind}>
                <Td dataLabel="What">{what}</Td>
                <Td dataLabel="Size">{formatBytes(bytes)}</Td>
                <Td dataLabel="Where" className="gs-mono">
                  {path}
                </Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
        <div className="gs-actions">
          <span>Clean up:</span>
          {CLEANUPS.map(({ title, args }) => (
            <Button key={title} variant="secondary" onClick={() => void clean(title, args).then(read)}>
              {title} …
            </Button>
          ))}
        </div>
      </CardBody>
    </Card>
  );
}

/** First what it would free; then, when a person agrees, the same for real. */
async function clean(title: string, args: Omit<CallArguments<'clean'>, 'dryRun'>): Promise<void> {
  const preview = await call('clean', { ...args, dryRun: true });
  if (!preview.ok) return tellFailure(preview.failure);
  const bytes = preview.value.reduce((sum, { freedBytes }) => sum + freedBytes, 0);
  if (preview.value.length === 0) return tell({ variant: 'info', title: 'There is nothing to clean up.' });
  const isWanted = await confirm({
    title: `${title}: remove ${preview.value.length} things?`,
    text: `${formatBytes(bytes)} become free: ${preview.value
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
