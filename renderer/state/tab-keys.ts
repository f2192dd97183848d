const STEPS: Partial<Record<string, (at: number, count: number) => number>> = {
  ArrowRight: (at, count) => (at + 1) % count,
  ArrowLeft: (at, count) => (at + count - 1) % count,
  Home: () => 0,
  End: (_at, count) => count - 1,
};

/**
 * Arrows go from tab to tab, as the pattern for tabs has it (https://www.w3.org/WAI/ARIA/apg/patterns/tabs/) and
 * PatternFly has not. @returns what ends it
 */
export function arrowsBetweenTabs(): () => void {
  const onKey = (event: KeyboardEvent): void => {
    const step = STEPS[event.key];
    const tab = event.target instanceof Element ? event.target.closest('[role=tab]') : null;
    if (!step || !tab) return;
    const tabs = [...(tab.closest('[role=tablist]')?.querySelectorAll<HTMLElement>('[role=tab]') ?? [])];
    tabs[step(tabs.indexOf(tab as HTMLElement), tabs.length)]?.focus();
    event.preventDefault();
  };
  document.addEventListener('keydown', onKey);
  return () => document.removeEventListener('keydown', onKey);
}
