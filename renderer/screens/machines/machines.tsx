import { Button, EmptyState, EmptyStateBody, Label, PageSection } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import type { VmInfo } from '../../../core/model/vm.ts';
import { ScreenHead } from '../../parts/screen-head.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { stopMachine } from '../../state/actions.ts';
import { age } from '../../state/clock.ts';
import { useLab } from '../../state/lab.ts';
import { go, hrefOf } from '../../state/route.ts';
import type { ScreenProps } from '../screens.ts';
import { Machine } from './machine.tsx';
import { StartDialog } from './start-dialog.tsx';

/** Machines started from releases, and those that builds kept: `#/vms`, `#/vms/ID/TAB`. */
export function Machines({ route }: ScreenProps) {
  const [, id, tab] = route.parts;
  if (id !== undefined) return <Machine key={id} id={id} tab={tab} />;
  return <MachineList wanted={route.query.get('start') ?? undefined} />;
}

function MachineList({ wanted }: { wanted: string | undefined }) {
  const vms = useLab(lab => lab.vms);
  const images = useLab(lab => lab.images);
  const [isStarting, setStarting] = useState(false);
  if (!vms || !images) return <Waiting what="Looking for machines" />;
  const hasReleases = images.some(({ releases }) => releases.length > 0);
  const close = (): void => {
    setStarting(false);
    if (wanted !== undefined) go(['vms']);
  };
  const start = (
    <Button variant="primary" isDisabled={!hasReleases} onClick={() => setStarting(true)}>
      Start a machine
    </Button>
  );
  return (
    <>
      <ScreenHead
        title="Test VMs"
        text="Throwaway machines of your releases: what you change in them never reaches a release."
        actions={start}
      />
      <PageSection isFilled>
        {vms.length === 0 ? (
          <EmptyState titleText="No machine is running" headingLevel="h2">
            <EmptyStateBody>
              {hasReleases
                ? 'Start one from any release: it runs on a throwaway disk, and goes on when this app is closed.'
                : 'A machine is started from a release. Build an image first.'}
            </EmptyStateBody>
          </EmptyState>
        ) : (
          <Table aria-label="Machines" variant="compact">
            <Thead>
              <Tr>
                <Th>Machine</Th>
                <Th>Kind</Th>
                <Th>Image</Th>
                <Th>Log in</Th>
                <Th>Started</Th>
                <Th screenReaderText="Actions" />
              </Tr>
            </Thead>
            <Tbody>
              {vms.map(vm => (
                <MachineRow key={vm.id} vm={vm} />
              ))}
            </Tbody>
          </Table>
        )}
      </PageSection>
      {(isStarting || wanted !== undefined) && <StartDialog images={images} wanted={wanted} onClose={close} />}
    </>
  );
}

const KINDS: Record<VmInfo['kind'], { text: string; color: 'blue' | 'orange' | 'green' }> = {
  build: { text: 'Of a running build', color: 'blue' },
  'kept-build': { text: 'Kept by a failed build', color: 'orange' },
  run: { text: 'Test machine', color: 'green' },
};

function MachineRow({ vm }: { vm: VmInfo }) {
  const { id, kind, image, version, ssh, startedAt } = vm;
  return (
    <Tr>
      <Td dataLabel="Machine">
        <a href={kind === 'run' ? hrefOf(['vms', id]) : hrefOf(['builds', id, 'screen'])}>{id}</a>
      </Td>
      <Td dataLabel="Kind">
        <Label color={KINDS[kind].color} isCompact>
          {KINDS[kind].text}
        </Label>
      </Td>
      <Td dataLabel="Image">
        {image}
        {version ? `@${version}` : ''}
      </Td>
      <Td dataLabel="Log in" className="gs-mono">
        {ssh ? `${ssh.user}@${ssh.host}:${ssh.port}` : '–'}
      </Td>
      <Td dataLabel="Started">{age(startedAt, Date.now())}</Td>
      <Td isActionCell>
        {kind !== 'build' && (
          <Button variant="link" isDanger size="sm" onClick={() => void stopMachine(id)} aria-label={`Discard ${id}`}>
            Discard
          </Button>
        )}
      </Td>
    </Tr>
  );
}
