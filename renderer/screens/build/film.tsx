import { Button, EmptyState, EmptyStateBody, Slider } from '@patternfly/react-core';
import { useEffect, useMemo, useRef, useState } from 'react';
import { formatBytes } from '../../../core/model/quantity.ts';
import { call } from '../../link/engine.ts';
import { Waiting } from '../../parts/waiting.tsx';
import { tell, tellFailure } from '../../state/ask.ts';
import { clockTime } from '../../state/clock.ts';
import type { JournalView } from '../../state/journal.ts';
import { goWithin, hrefOf, useRoute } from '../../state/route.ts';

type Frame = { file: string; at: string };

const POLL_MS = 4000;
/** Small pictures in the strip, evenly taken from all. */
const STRIP = 12;
/** Lines of the log around the moment of a picture. */
const AROUND = 6;

/** With the log beside it, secrets masked: to be attached to a report. */
async function save(build: string): Promise<void> {
  const reply = await call('build.film-file', { build });
  if (!reply.ok) return tellFailure(reply.failure);
  const { path, pictures, bytes } = reply.value;
  tell({ variant: 'success', title: `${pictures} pictures and the log, ${formatBytes(bytes)}`, text: path });
}

/** The screen over time: what was on it when the log said what. */
export function Film({ build, view, isRunning }: { build: string; view: JournalView; isRunning: boolean }) {
  const frames = useFrames(build, isRunning);
  const at = useRoute(route => route.query.get('at')) ?? undefined;
  if (!frames) return <Waiting what="Reading the film" />;
  if (frames.length === 0) {
    return (
      <EmptyState titleText="No pictures" headingLevel="h3" variant="sm">
        <EmptyStateBody>
          Pictures of the screen are taken every few seconds while a machine of the build runs, when it has changed.
        </EmptyStateBody>
      </EmptyState>
    );
  }
  const index = at === undefined ? frames.length - 1 : indexAt(frames, at);
  const frame = frames[index];
  const show = (wanted: number): void => {
    const next = frames[Math.max(0, Math.min(frames.length - 1, wanted))];
    if (next) goWithin(['builds', build, 'film'], { at: next.at });
  };
  return (
    <div className="gs-film">
      <div className="gs-bar">
        <span>
          {index + 1} of {frames.length} · {frame ? clockTime(frame.at) : ''}
        </span>
        {frames.length > 1 && (
          <Slider
            aria-label="Moment"
            value={index}
            min={0}
            max={frames.length - 1}
            showTicks={false}
            showBoundaries={false}
            onChange={(_event, value) => show(Math.round(value))}
            className="gs-grow"
          />
        )}
        <Button variant="secondary" size="sm" onClick={() => void save(build)}>
          Save as one file
        </Button>
      </div>
      <div className="gs-film-now">
        {frame && <Picture build={build} frame={frame} className="gs-film-large" />}
        <LinesAround view={view} build={build} at={at ?? frame?.at ?? ''} />
      </div>
      <Strip build={build} frames={stripOf(frames)} at={frame?.at ?? ''} />
    </div>
  );
}

/** Small pictures to go by; the last one up to the moment that is shown is marked, and in sight. */
function Strip({ build, frames, at }: { build: string; frames: Frame[]; at: string }) {
  const list = useRef<HTMLOListElement>(null);
  const current = frames.findLast(frame => frame.at <= at)?.file;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another picture is the reason to look again
  useEffect(() => {
    if (!list.current) return;
    // Its promise (newer browsers) must not be taken for the undoing of this effect.
    const show = (): void => {
      list.current?.querySelector('[aria-current=true]')?.scrollIntoView({ inline: 'nearest', block: 'nearest' });
    };
    const observer = new ResizeObserver(show); // looks once at its beginning, and when the window changes
    observer.observe(list.current);
    return () => observer.disconnect();
  }, [current, frames.length]);
  return (
    <ol className="gs-strip" aria-label="Pictures" ref={list}>
      {frames.map(one => (
        <li key={one.file}>
          <button
            type="button"
            aria-current={one.file === current}
            onClick={() => goWithin(['builds', build, 'film'], { at: one.at })}
          >
            <Picture build={build} frame={one} />
            <span>{clockTime(one.at)}</span>
          </button>
        </li>
      ))}
    </ol>
  );
}

/** The last picture taken up to a moment. */
function indexAt(frames: Frame[], at: string): number {
  const after = frames.findIndex(frame => frame.at > at);
  return after < 0 ? frames.length - 1 : Math.max(0, after - 1);
}

function stripOf(frames: Frame[]): Frame[] {
  if (frames.length <= STRIP) return frames;
  const step = (frames.length - 1) / (STRIP - 1);
  return Array.from({ length: STRIP }, (_value, index) => frames[Math.round(index * step)]).filter(
    frame => frame !== undefined,
  );
}

function useFrames(build: string, isRunning: boolean): Frame[] | undefined {
  const [frames, setFrames] = useState<Frame[]>();
  useEffect(() => {
    let isCurrent = true;
    const read = async (): Promise<void> => {
      const reply = await call('build.film', { build });
      if (isCurrent) setFrames(reply.ok ? reply.value : []);
    };
    void read();
    const timer = isRunning ? setInterval(() => void read(), POLL_MS) : undefined;
    return () => {
      isCurrent = false;
      clearInterval(timer);
    };
  }, [build, isRunning]);
  return frames;
}

function Picture({ build, frame, className }: { build: string; frame: Frame; className?: string }) {
  const [png, setPng] = useState<string>();
  useEffect(() => {
    let isCurrent = true;
    void call('build.picture', { build, file: frame.file }).then(reply => {
      if (isCurrent && reply.ok) setPng(reply.value.png);
    });
    return () => {
      isCurrent = false;
    };
  }, [build, frame.file]);
  return (
    <img
      className={className}
      src={png ? `data:image/png;base64,${png}` : undefined}
      alt={`The screen at ${clockTime(frame.at)}`}
    />
  );
}

function LinesAround({ view, build, at }: { view: JournalView; build: string; at: string }) {
  const { lines } = view;
  const { length } = lines;
  const shown = useMemo(() => {
    const after = lines.slice(0, length).findIndex(line => line.at > at);
    const middle = after < 0 ? length : after;
    return lines.slice(Math.max(0, middle - AROUND), middle + 2).filter(({ line }) => line.trim() !== '');
  }, [lines, length, at]);
  if (shown.length === 0) return null;
  return (
    <div>
      <h3 className="gs-small-title">The log then</h3>
      <pre className="gs-pre">{shown.map(line => `${clockTime(line.at)}  ${line.line}`).join('\n')}</pre>
      <a href={hrefOf(['builds', build, 'log'], { at })}>Show this place in the log</a>
    </div>
  );
}
