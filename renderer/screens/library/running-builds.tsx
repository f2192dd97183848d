import { Card, CardBody, Progress } from '@patternfly/react-core';
import { STEPS } from '../../../core/model/event.ts';
import { formatMs } from '../../../core/model/quantity.ts';
import type { BuildSummary } from '../../../electron/ipc/contract.ts';
import { isStanding, OutcomeLabel } from '../../parts/outcome.tsx';
import { useNow } from '../../state/clock.ts';
import { estimateOf, leftText, remainingMs } from '../../state/estimate.ts';
import { hrefOf } from '../../state/route.ts';

/** Builds that run now, wherever they were started. */
export function RunningBuilds({ builds }: { builds: BuildSummary[] }) {
  const running = builds.filter(({ outcome }) => outcome === 'running');
  const now = useNow(running.length > 0);
  if (running.length === 0) return null;
  return (
    <section aria-label="Running builds" className="gs-running">
      {running.map(build => (
        <Card key={build.id} isCompact>
          <CardBody>
            <RunningBuild build={build} builds={builds} now={now} />
          </CardBody>
        </Card>
      ))}
    </section>
  );
}

function RunningBuild({ build, builds, now }: { build: BuildSummary; builds: BuildSummary[]; now: number }) {
  const estimate = estimateOf(build.image, builds);
  const elapsedMs = Math.max(0, now - Date.parse(build.startedAt));
  const leftMs = estimate && remainingMs(build, estimate, now);
  const percent = leftMs === undefined ? undefined : Math.min(99, Math.round((100 * elapsedMs) / (elapsedMs + leftMs)));
  const step = build.step ? STEPS[build.step] : 'Starting';
  const stage = build.step === 'install' && build.installer ? `: ${build.installer.stage}` : '';
  return (
    <>
      <div className="gs-row">
        <a href={hrefOf(['builds', build.id])} className="gs-strong">
          {build.image}
          {build.version ? `@${build.version}` : ''}
        </a>
        <span>
          {step}
          {stage}
        </span>
        {isStanding(build) && <OutcomeLabel build={build} />}
        <span className="gs-push gs-muted">
          {formatMs(elapsedMs)}
          {leftMs === undefined || isStanding(build) ? '' : `, ${leftText(leftMs)}`}
        </span>
      </div>
      {percent !== undefined && !isStanding(build) && (
        <Progress value={percent} size="sm" aria-label={`Progress of ${build.id}`} />
      )}
    </>
  );
}
