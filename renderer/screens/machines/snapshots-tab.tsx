import { Button, EmptyState, EmptyStateBody, TextInput } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { type FormEvent, useEffect, useState } from 'react';
import { formatBytes } from '../../../core/model/quantity.ts';
import type { VmSnapshot } from '../../../core/model/vm.ts';
import { call } from '../../link/engine.ts';
import { Waiting } from '../../parts/waiting.tsx';
import { confirm, tellFailure } from '../../state/ask.ts';
import { age } from '../../state/clock.ts';

type Work = 'list' | 'save' | 'load' | 'delete';

/** Moments of a test machine: disk, memory and devices, to try something and go back. */
export function SnapshotsTab({ id }: { id: string }) {
  const [all, setAll] = useState<VmSnapshot[]>();
  const [name, setName] = useState('');
  const [working, setWorking] = useState<Work | undefined>('list');
  const work = async (what: Work, which = ''): Promise<void> => {
    setWorking(what);
    const reply = await call('vm.snapshots', { id, work: what, name: which });
    setWorking(undefined);
    if (reply.ok) setAll(reply.value);
    else tellFailure(reply.failure);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: read once for each machine
  useEffect(() => void work('list'), [id]);
  const save = (event: FormEvent): void => {
    event.preventDefault();
    void work('save', name.trim()).then(() => setName(''));
  };
  const load = async (which: string): Promise<void> => {
    const isSure = await confirm({
      title: `Go back to “${which}”?`,
      text: 'What the machine has done since is lost.',
      confirm: 'Go back',
      isDanger: true,
    });
    if (isSure) await work('load', which);
  };
  const forget = async (which: string): Promise<void> => {
    const isSure = await confirm({
      title: `Delete “${which}”?`,
      text: 'The machine goes on as it is, and cannot go back there any more.',
      confirm: 'Delete',
      isDanger: true,
    });
    if (isSure) await work('delete', which);
  };
  return (
    <>
      <form className="gs-bar" onSubmit={save}>
        <TextInput
          aria-label="Name of the snapshot"
          placeholder="Name of the snapshot"
          value={name}
          onChange={(_event, value) => setName(value)}
        />
        <Button type="submit" variant="secondary" isDisabled={name.trim() === '' || working !== undefined}>
          {working === 'save' ? 'Saving …' : 'Save this moment'}
        </Button>
      </form>
      {!all && working && <Waiting what="Reading the snapshots" />}
      {all?.length === 0 && (
        <EmptyState titleText="No snapshots" headingLevel="h3" variant="sm">
          <EmptyStateBody>Save the machine before you try something, and go back as often as you like.</EmptyStateBody>
        </EmptyState>
      )}
      {all && all.length > 0 && (
        <Table aria-label="Snapshots" variant="compact">
          <Thead>
            <Tr>
              <Th>Snapshot</Th>
              <Th>Taken</Th>
              <Th>Memory</Th>
              <Th screenReaderText="Actions" />
            </Tr>
          </Thead>
          <Tbody>
            {all.map(one => (
              <Tr key={one.name}>
                <Td dataLabel="Snapshot">{one.name}</Td>
                <Td dataLabel="Taken">{age(one.at, Date.now())}</Td>
                <Td dataLabel="Memory">{one.memoryBytes === undefined ? '' : formatBytes(one.memoryBytes)}</Td>
                <Td isActionCell>
                  <div className="gs-row-actions">
                    <Button
                      variant="link"
                      size="sm"
                      isDisabled={working !== undefined}
                      aria-label={`Go back to ${one.name}`}
                      onClick={() => void load(one.name)}
                    >
                      Go back
                    </Button>
                    <Button
                      variant="link"
                      size="sm"
                      isDanger
                      isDisabled={working !== undefined}
                      aria-label={`Delete ${one.name}`}
                      onClick={() => void forget(one.name)}
                    >
                      Delete
                    </Button>
                  </div>
                </Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      )}
    </>
  );
}
