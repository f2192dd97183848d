import { Button, Card, CardBody, CardTitle, ExpandableSection, Label, PageSection } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useCallback, useEffect, useState } from 'react';
import type { Check } from '../../../core/model/engine.ts';
import type { Failure } from '../../../core/model/failure.ts';
import type { Answers } from '../../../electron/ipc/contract.ts';
import { call, useConnection } from '../../link/engine.ts';
import { FailureAlert } from '../../parts/failure.tsx';
import { Icon } from '../../parts/icons.tsx';
import { ScreenHead } from '../../parts/screen-head.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { Libvirts } from './libvirts.tsx';
import { Settings } from './settings.tsx';
import { Storage } from './storage.tsx';

/** This host: what builds need, what they take, how the app behaves. */
export function Host() {
  const [doctor, setDoctor] = useState<Answers['doctor'] | Failure>();
  const [isLooking, setLooking] = useState(false);
  const epoch = useConnection(connection => connection.epoch);
  const look = useCallback(async (refresh: boolean): Promise<void> => {
    setLooking(true);
    const reply = await call('doctor', { refresh });
    setLooking(false);
    setDoctor(reply.ok ? reply.value : reply.failure);
  }, []);
  useEffect(() => {
    if (epoch > 0) void look(false);
  }, [epoch, look]);
  return (
    <>
      <ScreenHead
        title="Host"
        text="What builds need of this machine, and what they take."
        actions={
          <Button variant="secondary" isLoading={isLooking} isDisabled={isLooking} onClick={() => void look(true)}>
            {isLooking ? 'Looking …' : 'Look again'}
          </Button>
        }
      />
      <PageSection isFilled>
        <Card>
          <CardTitle component="h2">Doctor</CardTitle>
          <CardBody>
            {!doctor && (
              <Waiting
                what="Looking at this host"
                later="The first time each accelerator is tried with a real kernel: up to a minute on a busy host."
              />
            )}
            {doctor && 'code' in doctor && <FailureAlert failure={doctor} />}
            {doctor && 'checks' in doctor && <Checks doctor={doctor} />}
          </CardBody>
        </Card>
        {doctor && 'checks' in doctor && doctor.libvirts.length > 0 && <Libvirts libvirts={doctor.libvirts} />}
        <Storage />
        <Settings />
      </PageSection>
    </>
  );
}

const STATES = {
  ok: { text: 'Fine', color: 'green', icon: 'ok' },
  warning: { text: 'Look at it', color: 'orange', icon: 'warning' },
  missing: { text: 'Missing', color: 'red', icon: 'failed' },
} as const satisfies Record<Check['state'], unknown>;

/** What is wrong is in sight; what is fine can be looked at. */
function Checks({ doctor: { checks, canBuild } }: { doctor: Answers['doctor'] }) {
  const [isOpen, setOpen] = useState(false);
  const fine = checks.filter(({ state }) => state === 'ok');
  const wrong = [...named(checks, 'missing'), ...named(checks, 'warning')];
  return (
    <>
      <p className={canBuild ? 'gs-good' : 'gs-bad'}>
        <Icon name={canBuild ? 'ok' : 'failed'} size={16} />{' '}
        {canBuild ? 'This host can build.' : 'This host cannot build yet.'}
      </p>
      {wrong.length > 0 && <CheckTable title="What to look at" checks={wrong} />}
      <ExpandableSection
        toggleText={`What is fine (${fine.length})`}
        isExpanded={isOpen}
        onToggle={(_event, isOn) => setOpen(isOn)}
      >
        {isOpen && <CheckTable title="What is fine" checks={fine} />}
      </ExpandableSection>
    </>
  );
}

const named = (checks: Check[], wanted: Check['state']): Check[] => checks.filter(({ state }) => state === wanted);

/** Other fixes are commands. */
const isSentence = (fix: string): boolean => /^[A-Z]/.test(fix);

function CheckTable({ title, checks }: { title: string; checks: Check[] }) {
  const hasFix = checks.some(({ fix }) => fix);
  return (
    <Table aria-label={title} variant="compact" className="gs-checks">
      <Thead>
        <Tr>
          <Th>State</Th>
          <Th>Area</Th>
          <Th>What</Th>
          {hasFix && <Th modifier="nowrap">What to do</Th>}
        </Tr>
      </Thead>
      <Tbody>
        {checks.map(({ area, what, state, fix }) => (
          <Tr key={what}>
            <Td dataLabel="State">
              <Label color={STATES[state].color} icon={<Icon name={STATES[state].icon} size={14} />} isCompact>
                {STATES[state].text}
              </Label>
            </Td>
            <Td dataLabel="Area">{area}</Td>
            <Td dataLabel="What" className="gs-any">
              {what}
            </Td>
            {hasFix && <Td dataLabel="What to do">{fix && (isSentence(fix) ? fix : <code>{fix}</code>)}</Td>}
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}
