import { Card, CardBody, CardTitle, ExpandableSection, Progress, Spinner } from '@patternfly/react-core';
import { useState } from 'react';
import { STEPS, type StepName } from '../../../core/model/event.ts';
import type { BuildState, ProgressState, StepState } from '../../../core/model/fold.ts';
import { formatBytes, formatMs } from '../../../core/model/quantity.ts';
import { Icon, type IconName } from '../../parts/icons.tsx';
import { isStanding } from '../../parts/outcome.tsx';
import type { Estimate } from '../../state/estimate.ts';
import { useNarrow } from '../../state/narrow.ts';

interface Props {
  state: BuildState;
  now: number;
  estimate: Estimate | undefined;
}

/** The way from source to release: what was done and how long it took, what runs, what is to come. */
export function StepList(props: Props) {
  return useNarrow() ? <FoldedSteps {...props} /> : <AllSteps {...props} />;
}

/** In a narrow window the views of a build come first: its steps are one line, which opens. */
function FoldedSteps(props: Props) {
  const [isOpen, setOpen] = useState(false);
  const { state, now } = props;
  const current = state.steps.at(-1);
  const passed = state.tests.filter(({ ok }) => ok).length;
  const ms = current ? (current.ms ?? Math.max(0, now - Date.parse(current.startedAt))) : 0;
  const where = current ? `${STEPS[current.name]}, ${formatMs(ms)}` : 'starting';
  const tests = state.tests.length === 0 ? '' : ` · ${passed} of ${state.tests.length} tests passed`;
  return (
    <ExpandableSection
      toggleText={`Steps (${state.steps.length}): ${where}${tests}`}
      isExpanded={isOpen}
      onToggle={(_event, isOn) => setOpen(isOn)}
    >
      {isOpen && <AllSteps {...props} />}
    </ExpandableSection>
  );
}

function AllSteps({ state, now, estimate }: Props) {
  const isRunning = state.outcome === 'running';
  const last = state.steps.at(-1);
  const coming = ORDER.slice(last ? ORDER.indexOf(last.name) + 1 : 0).filter(name => isComing(name, estimate));
  return (
    <Card className="gs-steps" component="section" aria-label="Steps" isCompact>
      <CardTitle component="h2">Steps</CardTitle>
      <CardBody>
        <ol>
          {state.steps.map(step => (
            <Step
              key={`${step.name} ${step.startedAt}`}
              step={step}
              state={state}
              now={now}
              usualMs={estimate?.stepMs[step.name]}
            />
          ))}
          {isRunning && coming.map(name => <Coming key={name} name={name} usualMs={estimate?.stepMs[name]} />)}
        </ol>
        <Tests tests={state.tests} />
      </CardBody>
    </Card>
  );
}

/** Steps that not every build has are announced only when earlier builds of this image had them. */
const SOMETIMES: ReadonlySet<StepName> = new Set(['post-process']);

const isComing = (name: StepName, estimate: Estimate | undefined): boolean =>
  !SOMETIMES.has(name) || estimate?.stepMs[name] !== undefined;

const ORDER = Object.keys(STEPS) as StepName[];

const SIGNS: Record<StepState['state'], { icon: IconName; text: string }> = {
  ok: { icon: 'ok', text: 'done' },
  failed: { icon: 'failed', text: 'failed' },
  cancelled: { icon: 'stop', text: 'stopped' },
  running: { icon: 'clock', text: 'running' },
};

function Step({
  step,
  state,
  now,
  usualMs,
}: {
  step: StepState;
  state: BuildState;
  now: number;
  usualMs: number | undefined;
}) {
  const isRunning = step.state === 'running' && state.outcome === 'running';
  const shown = step.state === 'running' && !isRunning ? 'cancelled' : step.state;
  const { icon, text } = SIGNS[shown];
  const stands = isRunning && isStanding(state);
  const ms = step.ms ?? Math.max(0, (isRunning ? now : Date.parse(state.at)) - Date.parse(step.startedAt));
  return (
    <li className={`gs-step gs-step-${shown}`} aria-current={isRunning ? 'step' : undefined}>
      <span className="gs-step-sign">
        {isRunning && !stands ? (
          <Spinner size="md" aria-hidden="true" />
        ) : (
          <Icon name={stands ? 'warning' : icon} size={16} />
        )}
        <span className="pf-v6-u-screen-reader">{stands ? 'waits' : text}: </span>
      </span>
      <span className="gs-step-name">{STEPS[step.name]}</span>
      <span className="gs-step-time">{formatMs(ms)}</span>
      {step.detail && <small className="gs-step-more">{step.detail}</small>}
      {isRunning && !stands && <Running step={step} state={state} ms={ms} usualMs={usualMs} />}
    </li>
  );
}

/** What moves inside the step that runs. */
function Running({
  step,
  state,
  ms,
  usualMs,
}: {
  step: StepState;
  state: BuildState;
  ms: number;
  usualMs: number | undefined;
}) {
  const { installer, progress } = state;
  const isInstalling = step.name === 'install' && installer !== undefined;
  const fromUsual = usualMs && usualMs > 3000 ? Math.min(99, Math.round((100 * ms) / usualMs)) : undefined;
  const percent = progress ? percentOf(progress) : isInstalling ? installer.percent : fromUsual;
  return (
    <div className="gs-step-more">
      {isInstalling && <span>{installer.stage}</span>}
      {progress && <span>{progressText(progress)}</span>}
      {percent !== undefined && (
        <Progress value={Math.round(percent)} size="sm" aria-label={`Progress of ${STEPS[step.name]}`} />
      )}
      {!progress && usualMs !== undefined && usualMs > 3000 && <small>usually {formatMs(usualMs)}</small>}
    </div>
  );
}

const percentOf = ({ done, total, unit }: ProgressState): number | undefined =>
  unit === 'percent' ? done : total ? Math.min(100, (100 * done) / total) : undefined;

function progressText({ what, done, total, unit }: ProgressState): string {
  if (unit === 'bytes') return `${what}: ${formatBytes(done)}${total ? ` of ${formatBytes(total)}` : ''}`;
  return unit === 'items' ? `${what}: ${done}${total ? ` of ${total}` : ''}` : what;
}

function Coming({ name, usualMs }: { name: StepName; usualMs: number | undefined }) {
  return (
    <li className="gs-step gs-step-coming">
      <span className="gs-step-sign">
        <span className="gs-dot" />
        <span className="pf-v6-u-screen-reader">to come: </span>
      </span>
      <span className="gs-step-name">{STEPS[name]}</span>
      <span className="gs-step-time">{usualMs === undefined ? '' : `~ ${formatMs(usualMs)}`}</span>
    </li>
  );
}

function Tests({ tests }: { tests: BuildState['tests'] }) {
  if (tests.length === 0) return null;
  return (
    <>
      <h3 className="gs-small-title">Tests</h3>
      <ul className="gs-tests">
        {tests.map(({ name, ok, ms, reason }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a test of one name may run on several clones; they only grow
          <li key={index} className={ok ? 'gs-good' : 'gs-bad'}>
            <Icon name={ok ? 'ok' : 'failed'} size={15} /> <span>{name}</span>
            <span className="gs-step-time">{formatMs(ms)}</span>
            {reason && <small className="gs-step-more">{reason}</small>}
          </li>
        ))}
      </ul>
    </>
  );
}
