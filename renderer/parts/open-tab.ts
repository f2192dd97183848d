import { type RefObject, useEffect } from 'react';

/** In a narrow window a bar of tabs scrolls: keeps the open one in sight, also when the window changes. */
export function useOpenTabInSight(around: RefObject<HTMLElement | null>, active: string): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: another open tab is the reason to look again
  useEffect(() => {
    const list = around.current?.querySelector('[role=tablist]');
    if (!list) return;
    const show = (): void =>
      list.querySelector('[aria-selected=true]')?.scrollIntoView({ inline: 'nearest', block: 'nearest' });
    const observer = new ResizeObserver(show); // looks once at its beginning
    observer.observe(list);
    return () => observer.disconnect();
  }, [around, active]);
}
