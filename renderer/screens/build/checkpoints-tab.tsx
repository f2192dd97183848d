import { Button, EmptyState, EmptyStateBody } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useEffect, useState } from 'react';
import type { CheckpointInfo } from '../../../core/model/checkpoint.ts';
import type { BuildState } from '../../../core/model/fold.ts';
import { formatBytes, formatMs } from '../../../core/model/quantity.ts';
import { call, useConnection } from '../../link/engine.ts';
import { Waiting } from '../../parts/waiting.tsx';
import { confirm, tellFailure } from '../../state/ask.ts';
import { clockTime } from '../../state/clock.ts';
import { go } from '../../state/route.ts';

/** The moments a build can go back to: its machine stands there again, with everything that was changed since. */
export function CheckpointsTab({ state }: { state: BuildState }) {
  const { id, outcome, checkpoints, checkpoint } = state;
  const [all, setAll] = useState<CheckpointInfo[]>();
  const epoch = useConnection(connection => connection.epoch);
  // biome-ignore lint/correctness/useExhaustiveDependencies: read again whenever the journal tells of another one
  useEffect(() => {
    void call('build.checkpoints', { build: id }).then(reply => (reply.ok ? setAll(reply.value) : setAll([])));
  }, [id, epoch, checkpoints.length, checkpoint]);
  const isRunning = outcome === 'running';
  if (!all) return <Waiting what="Reading the checkpoints" />;
  return (
    <>
      {isRunning && (
        <div className="gs-bar">
          <Button variant="secondary" size="sm" onClick={() => void take(id)}>
            Save this moment
          </Button>
        </div>
      )}
      {all.length === 0 ? <None isRunning={isRunning} /> : <Tree all={all} state={state} />}
    </>
  );
}

function None({ isRunning }: { isRunning: boolean }) {
  return (
    <EmptyState titleText="No checkpoints" headingLevel="h3" variant="sm">
      <EmptyStateBody>
        {isRunning
          ? 'A build saves its machine at its turning points: before the answers are fetched, after the installation, before each provisioner.'
          : 'This build saved none, or they were given up for space.'}
      </EmptyStateBody>
    </EmptyState>
  );
}

function Tree({ all, state }: { all: CheckpointInfo[]; state: BuildState }) {
  return (
    <Table aria-label="Checkpoints" variant="compact">
      <Thead>
        <Tr>
          <Th>Checkpoint</Th>
          <Th>Taken</Th>
          <Th>Guest stood</Th>
          <Th>Size</Th>
          <Th screenReaderText="Actions" />
        </Tr>
      </Thead>
      <Tbody>
        {all.map(one => (
          <Tr key={one.id}>
            <Td dataLabel="Checkpoint">
              {one.name}
              {one.isCurrent && <small className="gs-muted"> · the machine grew from here</small>}
              {one.diskOnly !== undefined && <small className="gs-muted"> · disks only: {one.diskOnly}</small>}
            </Td>
            <Td dataLabel="Taken">{clockTime(one.at)}</Td>
            <Td dataLabel="Guest stood">{formatMs(one.pauseMs)}</Td>
            <Td dataLabel="Size">{one.isGone ? 'given up for space' : formatBytes(one.bytes)}</Td>
            <Td isActionCell>
              <Button
                variant="link"
                size="sm"
                isDisabled={one.isGone}
                aria-label={`Go back to ${one.name}`}
                onClick={() => void goBack(state, one)}
              >
                Go back
              </Button>
            </Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

async function take(build: string): Promise<void> {
  const name = `by hand, ${clockTime(new Date().toISOString())}`;
  const reply = await call('build.checkpoint', { build, name });
  if (!reply.ok) tellFailure(reply.failure);
}

async function goBack({ id, outcome, question }: BuildState, { id: checkpoint, name }: CheckpointInfo): Promise<void> {
  const isBusy = outcome === 'running' && question === undefined;
  const isSure =
    !isBusy ||
    (await confirm({
      title: `Go back to “${name}”?`,
      text: 'What the machine has done since is given up, unless another checkpoint holds it.',
      confirm: 'Go back',
      isDanger: true,
    }));
  if (!isSure) return;
  const reply = await call('build.rewind', { build: id, checkpoint });
  if (reply.ok) go(['builds', reply.value.build]);
  else tellFailure(reply.failure);
}
