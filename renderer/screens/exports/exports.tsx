import { Button, Card, CardBody, CardTitle, EmptyState, EmptyStateBody, PageSection } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useEffect, useState } from 'react';
import { formatBytes } from '../../../core/model/quantity.ts';
import type { ExportRecord } from '../../../electron/ipc/contract.ts';
import { call, onTidings, useConnection } from '../../link/engine.ts';
import { ScreenHead } from '../../parts/screen-head.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { tell, tellFailure } from '../../state/ask.ts';
import { age } from '../../state/clock.ts';
import { useLab } from '../../state/lab.ts';
import type { ScreenProps } from '../screens.ts';
import { ExportForm } from './export-form.tsx';
import { HandOffDialog } from './hand-off-dialog.tsx';

/** Releases handed on in other formats: `#/exports?ref=IMAGE@VERSION`. */
export function Exports({ route }: ScreenProps) {
  const images = useLab(lab => lab.images);
  const [records, setRecords] = useState<ExportRecord[]>();
  const [round, setRound] = useState(0);
  const epoch = useConnection(connection => connection.epoch);
  // biome-ignore lint/correctness/useExhaustiveDependencies: read again after an export and a new connection
  useEffect(() => {
    void call('export.list', {}).then(reply => reply.ok && setRecords(reply.value));
  }, [epoch, round]);
  useEffect(() => onTidings('changed', ({ what }) => what === 'exports' && setRound(before => before + 1)), []);
  if (!images || !records) return <Waiting what="Reading the exports" />;
  const refs = images.flatMap(({ name, releases }) => releases.map(({ version }) => `${name}@${version}`));
  return (
    <>
      <ScreenHead
        title="Exports"
        text="One release in the formats that others want, each checked, with checksums, provenance and the commands to upload it."
      />
      <PageSection isFilled>
        {refs.length === 0 ? (
          <EmptyState titleText="Nothing to export yet" headingLevel="h2">
            <EmptyStateBody>
              Only a release is exported: what booted and passed its tests. Build an image first.
            </EmptyStateBody>
          </EmptyState>
        ) : (
          <ExportForm refs={refs} wanted={route.query.get('ref') ?? undefined} onDone={() => setRound(round + 1)} />
        )}
        {records.length > 0 && <Earlier records={records} />}
      </PageSection>
    </>
  );
}

function Earlier({ records }: { records: ExportRecord[] }) {
  const [shown, setShown] = useState<string>();
  return (
    <Card>
      <CardTitle component="h2">Earlier exports</CardTitle>
      <CardBody>
        <Table aria-label="Earlier exports" variant="compact">
          <Thead>
            <Tr>
              <Th>Release</Th>
              <Th>Targets</Th>
              <Th>Size</Th>
              <Th>Folder</Th>
              <Th>Made</Th>
              <Th screenReaderText="Actions" />
            </Tr>
          </Thead>
          <Tbody>
            {records.map(({ dir, image, version, targets, bytes, at }) => (
              <Tr key={dir}>
                <Td dataLabel="Release">
                  {image}@{version}
                </Td>
                <Td dataLabel="Targets">{targets.join(', ')}</Td>
                <Td dataLabel="Size">{formatBytes(bytes)}</Td>
                <Td dataLabel="Folder" className="gs-mono">
                  {dir}
                </Td>
                <Td dataLabel="Made">{age(at, Date.now())}</Td>
                <Td isActionCell>
                  <Button
                    variant="link"
                    size="sm"
                    onClick={() => setShown(dir)}
                    aria-label={`Read the notes of ${dir}`}
                  >
                    Read
                  </Button>
                  <Button variant="link" size="sm" onClick={() => void verify(dir)} aria-label={`Verify ${dir}`}>
                    Verify
                  </Button>
                </Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
        {shown !== undefined && <HandOffDialog dir={shown} onClose={() => setShown(undefined)} />}
      </CardBody>
    </Card>
  );
}

async function verify(dir: string): Promise<void> {
  tell({ variant: 'info', title: 'Reading every file and comparing it with its checksum …' });
  const reply = await call('export.verify', { dir });
  if (!reply.ok) return tellFailure(reply.failure);
  const [problem] = reply.value.problems;
  if (problem) tell({ variant: 'danger', title: 'The export is damaged', text: problem.message });
  else
    tell({ variant: 'success', title: 'The export is whole', text: `${reply.value.files} files are what they were.` });
}
