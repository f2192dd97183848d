import { Button, PageSection } from '@patternfly/react-core';
import { useEffect, useState } from 'react';
import type { BuildState } from '../../../core/model/fold.ts';
import { formatMs } from '../../../core/model/quantity.ts';
import type { VmInfo } from '../../../core/model/vm.ts';
import { call, useConnection } from '../../link/engine.ts';
import { FailureAlert } from '../../parts/failure.tsx';
import { isStanding, OutcomeLabel } from '../../parts/outcome.tsx';
import { ScreenHead } from '../../parts/screen-head.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { cancelBuild, discardBuild, openAgain } from '../../state/actions.ts';
import { useNow, whenTime } from '../../state/clock.ts';
import { estimateOf, leftText, remainingMs } from '../../state/estimate.ts';
import { useJournal } from '../../state/journal.ts';
import { useLab } from '../../state/lab.ts';
import { go, hrefOf } from '../../state/route.ts';
import { BuildTabs } from './build-tabs.tsx';
import { FailureCard } from './failure-card.tsx';
import { QuestionCard } from './question-card.tsx';
import { StepList } from './step-list.tsx';

/** One build: its steps and everything that can be seen of it, live or afterwards. */
export function Build({ id, tab }: { id: string; tab: string | undefined }) {
  const view = useJournal(id);
  const summary = useLab(lab => lab.builds?.find(build => build.id === id));
  const builds = useLab(lab => lab.builds) ?? [];
  // A journal without an end says `running`; whether anybody still runs it, the summary knows.
  const state: BuildState =
    summary && view.state.outcome === 'running' ? { ...view.state, outcome: summary.outcome } : view.state;
  const now = useNow(state.outcome === 'running');
  const vm = useMachine(id, state);
  if (view.failure && state.id === '') {
    return (
      <>
        <ScreenHead title={`Build ${id}`} />
        <PageSection>
          <FailureAlert failure={view.failure} title="It cannot be shown" />
          <p className="gs-note">
            <a href={hrefOf(['builds'])}>See all builds</a>
          </p>
        </PageSection>
      </>
    );
  }
  if (state.id === '') return <Waiting what="Reading the build's journal" />;
  const estimate = estimateOf(
    state.image,
    builds.filter(build => build.id !== id),
  );
  return (
    <>
      <ScreenHead
        title={
          <>
            {state.image}
            {state.version ? `@${state.version}` : ''} <OutcomeLabel build={state} />
          </>
        }
        text={
          <TimeLine
            state={state}
            now={now}
            leftMs={estimate && summary && remainingMs(summary, estimate, now)}
            sample={estimate?.builds}
          />
        }
        actions={<Actions state={state} />}
      />
      <PageSection className="gs-build" isFilled>
        {state.outcome === 'running' && state.question && <QuestionCard id={id} question={state.question} />}
        {state.outcome === 'failed' && <FailureCard state={state} view={view} vm={vm} />}
        <div className="gs-build-columns">
          <StepList state={state} now={now} estimate={estimate} />
          <BuildTabs state={state} view={view} vm={vm} tab={tab} />
        </div>
      </PageSection>
    </>
  );
}

function TimeLine(props: { state: BuildState; now: number; leftMs: number | undefined; sample: number | undefined }) {
  const { state, now, leftMs, sample } = props;
  const isRunning = state.outcome === 'running';
  const end = isRunning ? now : Date.parse(state.finishedAt ?? state.at);
  const left = isStanding(state)
    ? 'waits for your answer'
    : leftMs === undefined
      ? 'no earlier build to estimate from'
      : `${leftText(leftMs)}, going by ${sample === 1 ? 'the last build' : `the last ${sample} builds`}`;
  return (
    <>
      <span className="gs-mono">{state.id}</span> · started {whenTime(state.startedAt, now)} ·{' '}
      {formatMs(Math.max(0, end - Date.parse(state.startedAt)))}
      {isRunning && ` · ${left}`}
    </>
  );
}

function Actions({ state }: { state: BuildState }) {
  const { id, image, outcome, kept, release } = state;
  if (outcome === 'running') {
    return (
      <Button variant="secondary" isDanger onClick={() => void cancelBuild(id)}>
        Cancel build
      </Button>
    );
  }
  const remove = async (): Promise<void> => {
    if (await discardBuild(id, kept !== undefined)) go(['builds']);
  };
  return (
    <>
      <Button variant="link" isDanger onClick={() => void remove()}>
        {kept ? 'Discard' : 'Remove'}
      </Button>
      {release && (
        <Button variant="secondary" onClick={() => go(['vms'], { start: `${image}@${release.version}` })}>
          Run it
        </Button>
      )}
      {outcome !== 'failed' && (
        <Button variant="secondary" onClick={() => void openAgain(id)}>
          Build again
        </Button>
      )}
    </>
  );
}

/** The build's machine while it lives; asked again whenever the journal tells of a new one, or of its end. */
function useMachine(id: string, state: BuildState): VmInfo | undefined {
  const [vm, setVm] = useState<VmInfo>();
  const epoch = useConnection(connection => connection.epoch);
  const { outcome, step, kept } = state;
  const command = state.machine?.vnc;
  // biome-ignore lint/correctness/useExhaustiveDependencies: each of these says that another machine may run now
  useEffect(() => {
    let isCurrent = true;
    void call('build.show', { build: id }).then(reply => {
      if (isCurrent) setVm(reply.ok ? reply.value.vm : undefined);
    });
    return () => {
      isCurrent = false;
    };
  }, [id, epoch, outcome, step, kept, command]);
  return vm;
}
