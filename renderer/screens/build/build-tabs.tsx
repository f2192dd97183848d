import { Card, CardBody, Tab, Tabs, TabTitleText } from '@patternfly/react-core';
import { lazy, type ReactNode, Suspense, useRef } from 'react';
import type { BuildState } from '../../../core/model/fold.ts';
import type { VmInfo } from '../../../core/model/vm.ts';
import { useOpenTabInSight } from '../../parts/open-tab.ts';
import { Waiting } from '../../parts/waiting.tsx';
import type { JournalView } from '../../state/journal.ts';
import { go } from '../../state/route.ts';
import { CheckpointsTab } from './checkpoints-tab.tsx';
import { EventTable } from './event-table.tsx';
import { Film } from './film.tsx';
import { LogTab } from './log-tab.tsx';
import { MachineTab } from './machine-tab.tsx';
import { RequestTable } from './request-table.tsx';

const ScreenTab = lazy(async () => ({ default: (await import('../../parts/screen-console.tsx')).ScreenConsole }));
const SerialTab = lazy(async () => ({ default: (await import('../../parts/serial-console.tsx')).SerialConsole }));
const SshTab = lazy(async () => ({ default: (await import('../../parts/ssh-console.tsx')).SshConsole }));

interface TabProps {
  state: BuildState;
  view: JournalView;
  vm: VmInfo | undefined;
}

interface TabEntry {
  title: (props: TabProps) => string;
  render: (props: TabProps) => ReactNode;
}

/** Everything that can be seen of a build; only the open one is there. */
const TABS: Record<string, TabEntry> = {
  screen: {
    title: () => 'Screen',
    render: ({ state, vm }) => (
      <ScreenTab machine={vm?.id} build={state.id} isRunning={state.outcome === 'running'} place={vm?.vncSocket} />
    ),
  },
  serial: { title: () => 'Serial', render: ({ state, vm }) => <SerialTab machine={vm?.id} build={state.id} /> },
  ssh: {
    title: () => 'SSH',
    render: ({ state, vm }) => (
      <SshTab
        machine={vm?.id}
        isReady={isReady(state, vm)}
        isRunning={state.outcome === 'running'}
        user={vm?.ssh?.user}
      />
    ),
  },
  log: {
    title: ({ view }) => `Log${counted(view.lines.length)}`,
    render: ({ view, state }) => <LogTab view={view} build={state.id} isRunning={state.outcome === 'running'} />,
  },
  requests: {
    title: ({ state }) => `Requests${counted(state.requestCount)}`,
    render: ({ view, state }) => <RequestTable view={view} state={state} />,
  },
  events: { title: () => 'Events', render: ({ view }) => <EventTable view={view} /> },
  checkpoints: {
    title: ({ state }) => `Checkpoints${counted(state.checkpoints.length)}`,
    render: ({ state }) => <CheckpointsTab state={state} />,
  },
  machine: { title: () => 'Machine', render: ({ state, vm }) => <MachineTab state={state} vm={vm} /> },
  film: {
    title: () => 'Film',
    render: ({ state, view }) => <Film build={state.id} view={view} isRunning={state.outcome === 'running'} />,
  },
};

const counted = (count: number): string => (count === 0 ? '' : ` (${count.toLocaleString('en')})`);

/** The key to the guest is there from the login until the guest is shut down, and as long as the machine is kept. */
const isReady = ({ steps, kept }: BuildState, vm: VmInfo | undefined): boolean =>
  vm?.ssh !== undefined &&
  (kept !== undefined || steps.some(({ name, state }) => name === 'connect' && state === 'ok'));

/** Where a build opens: at its screen while it runs, at its log afterwards. */
const first = ({ outcome }: BuildState, vm: VmInfo | undefined): string =>
  outcome === 'running' || vm ? 'screen' : 'log';

export function BuildTabs(props: TabProps & { tab: string | undefined }) {
  const { state, view, vm } = props;
  const active = props.tab !== undefined && props.tab in TABS ? props.tab : first(state, vm);
  const around = useRef<HTMLDivElement>(null);
  useOpenTabInSight(around, active);
  return (
    <Card className="gs-tabs" isCompact>
      <CardBody>
        <div ref={around}>
          <Tabs
            activeKey={active}
            onSelect={(_event, key) => go(['builds', state.id, String(key)])}
            aria-label="Views of the build"
            mountOnEnter
            unmountOnExit
          >
            {Object.entries(TABS).map(([name, { title, render }]) => (
              <Tab key={name} eventKey={name} title={<TabTitleText>{title({ state, view, vm })}</TabTitleText>}>
                <Suspense fallback={<Waiting what="Opening" />}>
                  {active === name && <div className="gs-tab">{render({ state, view, vm })}</div>}
                </Suspense>
              </Tab>
            ))}
          </Tabs>
        </div>
      </CardBody>
    </Card>
  );
}
