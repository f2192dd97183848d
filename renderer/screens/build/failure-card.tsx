import { Button, Card, CardBody, CardTitle } from '@patternfly/react-core';
import { useEffect, useState } from 'react';
import { STEPS, type StepName } from '../../../core/model/event.ts';
import type { BuildState } from '../../../core/model/fold.ts';
import type { VmInfo } from '../../../core/model/vm.ts';
import { call } from '../../link/engine.ts';
import { CodeText } from '../../parts/code-text.tsx';
import { Icon } from '../../parts/icons.tsx';
import { discardBuild, openAgain } from '../../state/actions.ts';
import { clockTime } from '../../state/clock.ts';
import type { JournalView } from '../../state/journal.ts';
import { go, hrefOf } from '../../state/route.ts';
import { Findings } from './findings.tsx';

interface Props {
  state: BuildState;
  view: JournalView;
  vm: VmInfo | undefined;
}

/** Lines of the log that are shown when the failure itself brought none. */
const LAST_LINES = 8;

/** Why it failed, what there is to see, and what can be done now. */
export function FailureCard({ state, view, vm }: Props) {
  const { failure, id } = state;
  if (!failure) return null;
  const step = failure.step && failure.step in STEPS ? STEPS[failure.step as StepName] : failure.step;
  return (
    <Card className="gs-failure" component="section" aria-label="Why it failed">
      <CardTitle component="h2">
        <Icon name="failed" /> {failure.message}
      </CardTitle>
      <CardBody>
        <div className="gs-failure-columns">
          <div>
            {failure.hint && (
              <p className="gs-hint">
                <CodeText text={failure.hint} />
              </p>
            )}
            <p className="gs-muted">
              In the step “{step ?? 'before the first step'}” · {failure.code}
              {failure.details?.exitCode === undefined ? '' : ` · status ${failure.details.exitCode}`}
            </p>
            <Place state={state} />
            <Findings id={id} moment={state.at} />
            <LastRequest view={view} id={id} />
            <NextSteps state={state} vm={vm} />
          </div>
          <div>
            <LastPicture id={id} />
            <LastLines state={state} view={view} />
          </div>
        </div>
      </CardBody>
    </Card>
  );
}

function Place({ state }: { state: BuildState }) {
  const place = state.failure?.details?.place;
  if (!place) return null;
  return (
    <pre className="gs-source">
      {place.file}
      {place.line ? `:${place.line}` : ''}
      {place.source ? `\n${place.source.trimEnd()}` : ''}
    </pre>
  );
}

function LastLines({ state, view }: { state: BuildState; view: JournalView }) {
  const own = state.failure?.details?.lastLines ?? [];
  const lines = own.length > 0 ? own : view.lines.slice(-LAST_LINES).map(({ line }) => line);
  if (lines.length === 0) return null;
  return (
    <>
      <h3 className="gs-small-title">{own.length > 0 ? 'The last it said' : 'The last lines of the log'}</h3>
      <pre className="gs-pre">{lines.join('\n')}</pre>
    </>
  );
}

function LastRequest({ view, id }: { view: JournalView; id: string }) {
  const last = view.requests.at(-1);
  if (!last) return null;
  return (
    <p>
      Last request:{' '}
      <a href={hrefOf(['builds', id, 'requests'])}>
        <span className="gs-mono">
          {last.method} {last.path}
        </span>
      </a>{' '}
      was answered with {last.status} at {clockTime(last.at)}.
    </p>
  );
}

function NextSteps({ state, vm }: { state: BuildState; vm: VmInfo | undefined }) {
  const { id } = state;
  const discard = async (): Promise<void> => {
    if (await discardBuild(id, true)) go(['builds']);
  };
  return (
    <div className="gs-actions">
      {vm && (
        <>
          <Button variant="primary" onClick={() => go(['builds', id, vm.ssh ? 'ssh' : 'serial'])}>
            {vm.ssh ? 'Open a shell in it' : 'Open its console'}
          </Button>
          <Button variant="secondary" onClick={() => go(['builds', id, 'screen'])}>
            See its screen
          </Button>
        </>
      )}
      <Button variant={vm ? 'secondary' : 'primary'} onClick={() => void openAgain(id)}>
        Edit and retry
      </Button>
      <Button variant="secondary" onClick={() => go(['builds', id, 'log'])}>
        Read the log
      </Button>
      {vm && (
        <Button variant="link" isDanger onClick={() => void discard()}>
          Discard the machine
        </Button>
      )}
      {vm && <small className="gs-muted">The machine is kept until you discard it.</small>}
    </div>
  );
}

function LastPicture({ id }: { id: string }) {
  const [png, setPng] = useState<string>();
  useEffect(() => {
    void call('build.picture', { build: id, file: 'screen.png' }).then(reply =>
      setPng(reply.ok ? reply.value.png : undefined),
    );
  }, [id]);
  if (!png) return null;
  return (
    <figure className="gs-picture">
      <img src={`data:image/png;base64,${png}`} alt="The machine's screen when the build failed" />
      <figcaption>The screen when it failed</figcaption>
    </figure>
  );
}
