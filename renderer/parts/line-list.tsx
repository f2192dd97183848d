import { type KeyboardEvent, type ReactNode, useLayoutEffect, useRef, useState } from 'react';

/** Height of a row, as styles.css has it; rows do not wrap, so that any of them can be found by its number. */
export const ROW_PX = 20;
/** Rows drawn above and below what is seen. */
const SPARE = 20;
/** A browser draws nothing beyond about 33 million pixels; far more rows than are kept. */

interface Props {
  count: number;
  render(index: number): ReactNode;
  keyOf(index: number): number | string;
  /** Stay at the end as rows come. */
  isFollowing: boolean;
  /** A person has scrolled: away from the end, or back to it. */
  onFollowing(isFollowing: boolean): void;
  label: string;
  /** The row that is looked at; kept in sight. */
  chosen: number | undefined;
  onChoose(index: number): void;
}

/** A long list of lines of which only those that are seen are drawn; one can be chosen, by a click or the arrow keys. */
export function LineList({ count, render, keyOf, isFollowing, onFollowing, label, chosen, onChoose }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setHeight(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    if (isFollowing && box.current) box.current.scrollTop = count * ROW_PX;
  }, [count, isFollowing]);
  useLayoutEffect(() => {
    if (chosen !== undefined && box.current) bringIntoSight(box.current, chosen * ROW_PX);
  }, [chosen]);
  const onScroll = (): void => {
    const element = box.current;
    if (!element) return;
    setTop(element.scrollTop);
    const isAtEnd = element.scrollTop + element.clientHeight >= element.scrollHeight - ROW_PX;
    if (isAtEnd !== isFollowing) onFollowing(isAtEnd);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = STEPS[event.key];
    if (step === undefined || event.target !== box.current) return;
    event.preventDefault();
    const from = chosen ?? Math.floor(top / ROW_PX) - step;
    onChoose(Math.max(0, Math.min(count - 1, from + step)));
  };
  const first = Math.max(0, Math.floor(top / ROW_PX) - SPARE);
  const last = Math.min(count, Math.ceil((top + height) / ROW_PX) + SPARE);
  const rows = Array.from({ length: Math.max(0, last - first) }, (_value, index) => first + index);
  return (
    // biome-ignore-start lint/a11y: a region that scrolls must be reached by the keyboard; its arrow keys choose a row
    <section className="gs-lines" ref={box} onScroll={onScroll} onKeyDown={onKeyDown} tabIndex={0} aria-label={label}>
      <div className="gs-lines-all" style={{ height: count * ROW_PX }}>
        <div className="gs-lines-seen" style={{ transform: `translateY(${first * ROW_PX}px)` }}>
          {rows.map(index => (
            <div
              key={keyOf(index)}
              className={index === chosen ? 'gs-line gs-line-chosen' : 'gs-line'}
              onClick={() => onChoose(index)}
            >
              {render(index)}
            </div>
          ))}
        </div>
      </div>
    </section>
    // biome-ignore-end lint/a11y: as above
  );
}

/** How far a key goes. */
const STEPS: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };

/** A row that is seen stays where it is; another comes into the middle. */
function bringIntoSight(box: HTMLElement, rowTop: number): void {
  const isSeen = rowTop >= box.scrollTop && rowTop + ROW_PX <= box.scrollTop + box.clientHeight;
  if (!isSeen) box.scrollTop = Math.max(0, rowTop - box.clientHeight / 2);
}
