import { Button, FormSelect, FormSelectOption, SearchInput, Switch } from '@patternfly/react-core';
import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import type { LineSource } from '../../../core/model/event.ts';
import { LineDetail } from '../../parts/line-detail.tsx';
import { LineList } from '../../parts/line-list.tsx';
import { clockTime } from '../../state/clock.ts';
import type { JournalView, LogLine } from '../../state/journal.ts';
import { go, useRoute } from '../../state/route.ts';

const SOURCES: Record<'all' | LineSource, string> = {
  all: 'Everything',
  installer: 'Installer',
  serial: 'Serial console',
  provisioner: 'Provisioners',
  seal: 'Seal',
  test: 'Tests',
  qemu: 'QEMU',
  goldsmith: 'Goldsmith',
};

/** What the installer and everybody else said, with where and when; to be filtered and followed. */
export function LogTab({ view, build, isRunning }: { view: JournalView; build: string; isRunning: boolean }) {
  const [source, setSource] = useState<'all' | LineSource>('all');
  const [text, setText] = useState('');
  const [isBadOnly, setBadOnly] = useState(false);
  const [isFollowing, setFollowing] = useState(isRunning);
  // What is typed is painted at once; 200,000 lines are looked through right after.
  const wanted = useDeferredValue(text.trim().toLowerCase());
  const shown = useFiltered(view, { source, wanted, isBadOnly });
  const [chosen, setChosen] = useChosen(view);
  const index = chosen === undefined ? -1 : shown.findIndex(({ seq }) => seq === chosen);
  const line = shown[index];
  return (
    <>
      <div className="gs-bar">
        <FormSelect
          aria-label="Whose lines"
          value={source}
          onChange={(_event, value) => setSource(value as LineSource)}
          className="gs-short"
        >
          {Object.entries(SOURCES).map(([value, label]) => (
            <FormSelectOption key={value} value={value} label={label} />
          ))}
        </FormSelect>
        <SearchInput
          aria-label="Filter the log"
          placeholder="Filter"
          value={text}
          onChange={(_event, value) => setText(value)}
          onClear={() => setText('')}
          {...(wanted === '' ? {} : { resultsCount: shown.length })}
        />
        <Switch
          id="log-bad"
          label="Problems only"
          isChecked={isBadOnly}
          onChange={(_event, isOn) => setBadOnly(isOn)}
        />
        <span className="gs-push" />
        {isRunning && (
          <Switch
            id="log-follow"
            label="Follow"
            isChecked={isFollowing}
            onChange={(_event, isOn) => setFollowing(isOn)}
          />
        )}
      </div>
      {shown.length === 0 ? (
        <p className="gs-none" role="status">
          {view.lines.length === 0 ? 'Nothing was said yet.' : 'No line fits the filter.'}
        </p>
      ) : (
        <LineList
          count={shown.length}
          keyOf={at => shown[at]?.seq ?? at}
          render={at => <Line line={shown[at]} build={build} />}
          isFollowing={isFollowing && isRunning && line === undefined}
          onFollowing={setFollowing}
          label="Log"
          chosen={line && index}
          onChoose={at => setChosen(shown[at]?.seq)}
        />
      )}
      {line && (
        <LineDetail text={line.line} onClose={() => setChosen(undefined)}>
          <Button variant="secondary" size="sm" onClick={() => go(['builds', build, 'film'], { at: line.at })}>
            What was on the screen at {clockTime(line.at)}
          </Button>
        </LineDetail>
      )}
    </>
  );
}

/** The line that is looked at, by its number: the last one of the moment that the address asks for, or a person's own. */
function useChosen({ lines, isLoaded }: JournalView): [number | undefined, (seq: number | undefined) => void] {
  const at = useRoute(route => route.query.get('at')) ?? undefined;
  const [chosen, setChosen] = useState<number>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: looked for once for each moment, when there is a log
  useEffect(() => {
    if (at !== undefined && isLoaded) setChosen(lines.findLast(line => line.at <= at)?.seq ?? lines[0]?.seq);
  }, [at, isLoaded]);
  return [chosen, setChosen];
}

function Line({ line, build }: { line: LogLine | undefined; build: string }) {
  if (!line) return null;
  return (
    <span className={line.level ? `gs-level-${line.level}` : ''}>
      <Button
        variant="plain"
        className="gs-time"
        aria-label={`What was on the screen at ${clockTime(line.at)}`}
        onClick={() => go(['builds', build, 'film'], { at: line.at })}
        tabIndex={-1}
      >
        {clockTime(line.at)}
      </Button>
      <span className="gs-of">{line.source}</span> {line.line}
    </span>
  );
}

interface Filter {
  source: 'all' | LineSource;
  wanted: string;
  isBadOnly: boolean;
}

/** Lines that fit; as the log grows only the new ones are looked at, and the list grows in place. */
function useFiltered(view: JournalView, { source, wanted, isBadOnly }: Filter): LogLine[] {
  const done = useRef<{ key: string; list: LogLine[]; shown: LogLine[]; upTo: number }>(undefined);
  const key = `${source} ${isBadOnly} ${wanted}`;
  return useMemo(() => {
    const { lines } = view;
    if (source === 'all' && !isBadOnly && wanted === '') return lines;
    const isSame = done.current?.key === key && done.current.list === lines;
    const { shown, upTo } = isSame && done.current ? done.current : { shown: [] as LogLine[], upTo: -1 };
    const fits = (line: LogLine): boolean =>
      (source === 'all' || line.source === source) &&
      (!isBadOnly || line.level !== undefined) &&
      (wanted === '' || line.line.toLowerCase().includes(wanted));
    const oldest = lines[0]?.seq ?? 0;
    if ((shown[0]?.seq ?? oldest) < oldest) shown.splice(0, firstAfter(shown, oldest - 1));
    for (let index = firstAfter(lines, upTo); index < lines.length; index++) {
      const line = lines[index];
      if (line && fits(line)) shown.push(line);
    }
    done.current = { key, list: lines, shown, upTo: lines.at(-1)?.seq ?? 0 };
    return shown;
  }, [view, source, wanted, isBadOnly, key]);
}

/** Index of the first line with a greater number; lines are in order. */
function firstAfter(lines: LogLine[], seq: number): number {
  let low = 0;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((lines[middle]?.seq ?? 0) <= seq) low = middle + 1;
    else high = middle;
  }
  return low;
}
