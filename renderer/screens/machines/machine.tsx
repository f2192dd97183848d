import {
  Button,
  Card,
  CardBody,
  EmptyState,
  EmptyStateBody,
  PageSection,
  Tab,
  Tabs,
  TabTitleText,
} from '@patternfly/react-core';
import { lazy, type ReactNode, Suspense } from 'react';
import type { VmInfo } from '../../../core/model/vm.ts';
import { ScreenHead } from '../../parts/screen-head.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { stopMachine } from '../../state/actions.ts';
import { age } from '../../state/clock.ts';
import { useLab } from '../../state/lab.ts';
import { go } from '../../state/route.ts';
import { SnapshotsTab } from './snapshots-tab.tsx';

const ScreenConsole = lazy(async () => ({ default: (await import('../../parts/screen-console.tsx')).ScreenConsole }));
const SerialConsole = lazy(async () => ({ default: (await import('../../parts/serial-console.tsx')).SerialConsole }));
const SshConsole = lazy(async () => ({ default: (await import('../../parts/ssh-console.tsx')).SshConsole }));

const TABS: Record<string, { title: string; render(vm: VmInfo): ReactNode }> = {
  screen: { title: 'Screen', render: vm => <ScreenConsole machine={vm.id} isRunning={false} place={vm.vncSocket} /> },
  serial: { title: 'Serial', render: vm => <SerialConsole machine={vm.id} /> },
  ssh: {
    title: 'SSH',
    render: vm => <SshConsole machine={vm.id} isReady={vm.ssh !== undefined} isRunning user={vm.ssh?.user} />,
  },
  snapshots: { title: 'Snapshots', render: vm => <SnapshotsTab id={vm.id} /> },
};

/** One test machine and its consoles. */
export function Machine({ id, tab }: { id: string; tab: string | undefined }) {
  const vms = useLab(lab => lab.vms);
  const vm = vms?.find(one => one.id === id);
  if (!vms) return <Waiting what="Looking for the machine" />;
  if (!vm) {
    return (
      <PageSection isFilled>
        <EmptyState titleText="This machine has ended" headingLevel="h1">
          <EmptyStateBody>{id} does not run any more. Its disk was thrown away.</EmptyStateBody>
          <Button variant="primary" onClick={() => go(['vms'])}>
            All machines
          </Button>
        </EmptyState>
      </PageSection>
    );
  }
  const active = tab !== undefined && tab in TABS ? tab : 'screen';
  const discard = async (): Promise<void> => {
    if (await stopMachine(id)) go(['vms']);
  };
  return (
    <>
      <ScreenHead
        title={`${vm.image}${vm.version ? `@${vm.version}` : ''}`}
        text={
          <>
            <span className="gs-mono">{id}</span> · started {age(vm.startedAt, Date.now())}
            {vm.forwards.map(({ host, port, guestPort }) => ` · port ${guestPort} at ${host}:${port}`)}
          </>
        }
        actions={
          <Button variant="secondary" isDanger onClick={() => void discard()}>
            Discard
          </Button>
        }
      />
      <PageSection isFilled>
        <Card className="gs-tabs" isCompact>
          <CardBody>
            <Tabs
              activeKey={active}
              onSelect={(_event, key) => go(['vms', id, String(key)])}
              aria-label="Views of the machine"
              mountOnEnter
              unmountOnExit
            >
              {Object.entries(TABS).map(([name, { title, render }]) => (
                <Tab key={name} eventKey={name} title={<TabTitleText>{title}</TabTitleText>}>
                  <Suspense fallback={<Waiting what="Opening" />}>{active === name && render(vm)}</Suspense>
                </Tab>
              ))}
            </Tabs>
          </CardBody>
        </Card>
      </PageSection>
    </>
  );
}
