import { type ReactNode, useLayoutEffect, useRef, useState } from 'react';

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
  /** Scroll to this row when it changes. */
  target?: number | undefined;
}

/** A long list of lines of which only those that are seen are drawn. */
export function LineList({ count, render, keyOf, isFollowing, onFollowing, label, target }: Props) {
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
    if (target !== undefined && box.current) box.current.scrollTop = Math.max(0, target * ROW_PX - height / 2);
  }, [target, height]);
  const onScroll = (): void => {
    const element = box.current;
    if (!element) return;
    setTop(element.scrollTop);
    const isAtEnd = element.scrollTop + element.clientHeight >= element.scrollHeight - ROW_PX;
    if (isAtEnd !== isFollowing) onFollowing(isAtEnd);
  };
  const first = Math.max(0, Math.floor(top / ROW_PX) - SPARE);
  const last = Math.min(count, Math.ceil((top + height) / ROW_PX) + SPARE);
  const rows = Array.from({ length: Math.max(0, last - first) }, (_value, index) => first + index);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by the keyboard
    <section className="gs-lines" ref={box} onScroll={onScroll} tabIndex={0} aria-label={label}>
      <div className="gs-lines-all" style={{ height: count * ROW_PX }}>
        <div className="gs-lines-seen" style={{ transform: `translateY(${first * ROW_PX}px)` }}>
          {rows.map(index => (
            <div key={keyOf(index)} className="gs-line">
              {render(index)}
            </div>
          ))}
        </div>
      </div>
    </section>
  );
}
