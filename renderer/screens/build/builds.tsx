import { Button, EmptyState, EmptyStateBody, PageSection, SearchInput } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { memo, useDeferredValue, useState } from 'react';
import { STEPS } from '../../../core/model/event.ts';
import { formatMs } from '../../../core/model/quantity.ts';
import type { BuildSummary } from '../../../electron/ipc/contract.ts';
import { OutcomeLabel } from '../../parts/outcome.tsx';
import { ScreenHead } from '../../parts/screen-head.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { age, dayTime, useNow } from '../../state/clock.ts';
import { useLab } from '../../state/lab.ts';
import { go, hrefOf } from '../../state/route.ts';
import type { ScreenProps } from '../screens.ts';
import { Build } from './build.tsx';

/** Rows of the first look; more when they are asked for. */
const PAGE = 100;

/** All builds, or one of them: `#/builds/ID/TAB`. */
export function Builds({ route }: ScreenProps) {
  const [, id, tab] = route.parts;
  return id === undefined ? <BuildList /> : <Build key={id} id={id} tab={tab} />;
}

function BuildList() {
  const builds = useLab(lab => lab.builds);
  const [filter, setFilter] = useState('');
  const [most, setMost] = useState(PAGE);
  const wanted = useDeferredValue(filter.trim());
  const now = useNow(builds?.some(({ outcome }) => outcome === 'running') ?? false);
  if (!builds) return <Waiting what="Reading the builds" />;
  const fits = builds.filter(({ id, outcome }) => `${id} ${outcome}`.includes(wanted));
  return (
    <>
      <ScreenHead
        title="Builds"
        text={builds.length === 0 ? undefined : `${builds.length} builds, newest first, wherever they were started.`}
        actions={
          <Button variant="primary" onClick={() => go(['new'])}>
            New build
          </Button>
        }
      />
      <PageSection isFilled>
        {builds.length === 0 && (
          <EmptyState titleText="No build yet" headingLevel="h2">
            <EmptyStateBody>
              Builds appear here as soon as they start, also those that a terminal starts.
            </EmptyStateBody>
          </EmptyState>
        )}
        {builds.length > 10 && (
          <SearchInput
            className="gs-filter"
            aria-label="Filter builds"
            placeholder="Filter by name or outcome"
            value={filter}
            onChange={(_event, value) => setFilter(value)}
            onClear={() => setFilter('')}
          />
        )}
        {fits.length > 0 && (
          <Table aria-label="Builds" variant="compact" className="gs-builds">
            <Thead>
              <Tr>
                <Th>Build</Th>
                <Th>Outcome</Th>
                <Th>What happened</Th>
                <Th>Took</Th>
                <Th>Started</Th>
              </Tr>
            </Thead>
            <Tbody>
              {fits.slice(0, most).map(build => (
                <BuildRow key={build.id} build={build} now={build.outcome === 'running' ? now : 0} />
              ))}
            </Tbody>
          </Table>
        )}
        {fits.length > most && (
          <Button variant="link" onClick={() => setMost(most + PAGE)}>
            Show {Math.min(PAGE, fits.length - most)} more of {fits.length}
          </Button>
        )}
        {builds.length > 0 && fits.length === 0 && <p role="status">No build fits “{filter}”.</p>}
      </PageSection>
    </>
  );
}

const BuildRow = memo(({ build, now }: { build: BuildSummary; now: number }) => {
  const { id, outcome, startedAt, finishedAt } = build;
  const end = outcome === 'running' ? now : Date.parse(finishedAt ?? build.at);
  return (
    <Tr>
      <Td dataLabel="Build">
        <a href={hrefOf(['builds', id])}>{id}</a>
      </Td>
      <Td dataLabel="Outcome">
        <OutcomeLabel build={build} />
      </Td>
      <Td dataLabel="What happened">{whatHappened(build)}</Td>
      <Td dataLabel="Took">{formatMs(Math.max(0, end - Date.parse(startedAt)))}</Td>
      <Td dataLabel="Started" title={dayTime(startedAt)}>
        {age(startedAt, Math.max(now, Date.now()))}
      </Td>
    </Tr>
  );
});

/** The step it is in, the release it made, or why it made none. */
function whatHappened({ outcome, question, step, release, failure, kept }: BuildSummary): string {
  if (outcome === 'running' && question) return question.text.split('\n')[0] ?? '';
  if (outcome === 'running') return step ? STEPS[step] : 'Starting';
  if (release) return `Version ${release.version}, channel ${release.channel}`;
  return `${failure?.message ?? ''}${kept ? ' The machine is kept.' : ''}`;
}
