import { Button, EmptyState, EmptyStateBody } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useEffect, useState } from 'react';
import { type CheckpointInfo, treeOf } from '../../../core/model/checkpoint.ts';
import type { BuildState } from '../../../core/model/fold.ts';
import { formatBytes, formatMs } from '../../../core/model/quantity.ts';
import { call, useConnection } from '../../link/engine.ts';
import { Waiting } from '../../parts/waiting.tsx';
import { confirm, tellFailure } from '../../state/ask.ts';
import { clockTime } from '../../state/clock.ts';
import { useLab } from '../../state/lab.ts';
import { go } from '../../state/route.ts';
import { CompareBuilds, type Side } from './compare-builds.tsx';

/** The moments a build can go back to: its machine stands there again, with everything that was changed since. */
export function CheckpointsTab({ state }: { state: BuildState }) {
  const { id, outcome, checkpoints, checkpoint } = state;
  const [all, setAll] = useState<CheckpointInfo[]>();
  const epoch = useConnection(connection => connection.epoch);
  // biome-ignore lint/correctness/useExhaustiveDependencies: read again whenever the journal tells of another one
  useEffect(() => {
    void call('build.checkpoints', { build: id }).then(reply => (reply.ok ? setAll(reply.value) : setAll([])));
  }, [id, epoch, checkpoints.length, checkpoint]);
  const [compared, setCompared] = useState<{ one: Side; other: Side }>();
  const before = useBuildBefore(state);
  const isRunning = outcome === 'running';
  if (!all) return <Waiting what="Reading the checkpoints" />;
  return (
    <>
      <div className="gs-bar">
        {isRunning && (
          <Button variant="secondary" size="sm" onClick={() => void take(id)}>
            Save this moment
          </Button>
        )}
        <Button variant="secondary" size="sm" onClick={() => setCompared({ one: before, other: { build: id } })}>
          Compare with another build
        </Button>
      </div>
      {all.length === 0 ? (
        <None isRunning={isRunning} />
      ) : (
        <Tree all={all} state={state} compare={one => setCompared({ one, other: { build: id } })} />
      )}
      {compared && <CompareBuilds {...compared} onClose={() => setCompared(undefined)} />}
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

/** What a build is compared with at first: the last one of its image before it. */
function useBuildBefore({ id, image, startedAt }: BuildState): Side {
  const builds = useLab(lab => lab.builds) ?? [];
  const others = builds.filter(build => build.id !== id);
  const found = others.find(build => build.image === image && build.startedAt < startedAt) ?? others[0];
  return { build: found?.id ?? id };
}

interface TreeProps {
  all: CheckpointInfo[];
  state: BuildState;
  compare(side: Side): void;
}

function Tree({ all, state, compare }: TreeProps) {
  return (
    <Table aria-label="Checkpoints" variant="compact">
      <Thead>
        <Tr>
          <Th>Checkpoint</Th>
          <Th>Taken</Th>
          <Th>Pause</Th>
          <Th>Size</Th>
          <Th screenReaderText="Actions" />
        </Tr>
      </Thead>
      <Tbody>
        {treeOf(all).map(({ checkpoint: one, depth }) => (
          <Tr key={one.id}>
            <Td dataLabel="Checkpoint">
              <div style={{ paddingInlineStart: `${depth * 1.5}rem` }}>
                {depth > 0 && <span className="gs-muted">branch · </span>}
                {one.name}
                {one.isCurrent && <small className="gs-muted gs-below">the machine grew from here</small>}
                {one.diskOnly !== undefined && <small className="gs-muted gs-below">disks only: {one.diskOnly}</small>}
              </div>
            </Td>
            <Td dataLabel="Taken">{clockTime(one.at)}</Td>
            <Td dataLabel="Pause">{formatMs(one.pauseMs)}</Td>
            <Td dataLabel="Size">{one.isGone ? 'given up for space' : formatBytes(one.bytes)}</Td>
            <Td isActionCell>
              <div className="gs-row-actions">
                <Button
                  variant="link"
                  size="sm"
                  aria-label={`Compare ${one.name}`}
                  onClick={() => compare({ build: state.id, checkpoint: one.id })}
                >
                  Compare
                </Button>
                <Button
                  variant="link"
                  size="sm"
                  isDisabled={one.isGone}
                  aria-label={`Go back to ${one.name}`}
                  onClick={() => void goBack(state, one)}
                >
                  Go back
                </Button>
              </div>
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
