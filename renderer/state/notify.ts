import { create } from 'zustand';
import type { BuildSummary } from '../../electron/ipc/contract.ts';
import { tell } from './ask.ts';
import { estimateOf, remainingMs } from './estimate.ts';
import { useLab } from './lab.ts';
import { useRoute } from './route.ts';

/** Shorter builds are still being watched when they end. */
const LONG_MS = 60_000;

/** Says when a build has ended or asks something: in the app, and, when it was long and the page is in the background, to the desktop. */
export function watchEnds(): () => void {
  return useLab.subscribe(({ builds = [] }, { builds: before }) => {
    if (!before) return;
    const running = new Map(before.filter(({ outcome }) => outcome === 'running').map(build => [build.id, build]));
    for (const build of builds) {
      const earlier = running.get(build.id);
      if (!earlier) continue;
      if (build.outcome !== 'running') ended(build);
      else if (build.question && !earlier.question) stands(build, build.question.text);
    }
  });
}

function ended(build: BuildSummary): void {
  const { image, version, outcome, failure, startedAt, at } = build;
  const isGood = outcome === 'ok';
  const title = isGood ? `Released ${image}@${version}` : `The build of ${image}: ${outcome}`;
  if (!isLookedAt(build.id))
    tell({
      variant: isGood ? 'success' : outcome === 'failed' ? 'danger' : 'info',
      title,
      ...(failure ? { text: failure.message } : {}),
    });
  const isLong = Date.parse(at) - Date.parse(startedAt) > LONG_MS;
  if (isLong && isAway()) tellDesktop(title, failure?.message ?? '', build.id);
}

/** It goes no further without a person, who may have gone away. */
function stands({ image, id }: BuildSummary, question: string): void {
  const [title, text = ''] = [`The build of ${image} waits for your answer`, question.split('\n')[0]];
  if (!isLookedAt(id)) tell({ variant: 'warning', title, text });
  if (isAway()) tellDesktop(title, text, id);
}

/** Its own page says it already. */
function isLookedAt(build: string): boolean {
  const [screen, id] = useRoute.getState().parts;
  return screen === 'builds' && id === build;
}

/** In the background, or behind another window: what is told in the page may not be seen. */
const isAway = (): boolean => document.hidden || !document.hasFocus();

function tellDesktop(title: string, body: string, tag: string): void {
  if (window.goldsmith) window.goldsmith.notify(title, body);
  else if ('Notification' in window && Notification.permission === 'granted') new Notification(title, { body, tag });
}

/** How often progress moves that follows the clock alone: a step of many minutes tells nothing meanwhile. */
const MOVE_MS = 5000;

/** How far the running builds are, by what earlier builds took; below 0: nothing runs. */
export const useProgress = create<{ share: number }>(() => ({ share: -1 }));

/** Shows the progress in the task bar (desktop app); the page's title has it, too. */
export function watchProgress(): () => void {
  const move = (): void => {
    const share = shareOf(useLab.getState().builds ?? [], Date.now());
    if (share === useProgress.getState().share) return;
    useProgress.setState({ share });
    window.goldsmith?.progress(share);
  };
  const timer = setInterval(move, MOVE_MS);
  const unsubscribe = useLab.subscribe(move);
  return () => {
    clearInterval(timer);
    unsubscribe();
  };
}

/** Below 0: nothing runs. Builds without an earlier one to learn from count as just begun. */
export function shareOf(builds: BuildSummary[], now: number): number {
  const shares = builds
    .filter(({ outcome }) => outcome === 'running')
    .map(build => {
      const estimate = estimateOf(build.image, builds);
      return estimate && estimate.totalMs > 0 ? 1 - remainingMs(build, estimate, now) / estimate.totalMs : 0;
    });
  return shares.length === 0 ? -1 : Math.max(0, Math.min(...shares));
}

/** The desktop app tells through its own shell, and need not ask. */
export function notificationPermission(): NotificationPermission {
  if (window.goldsmith) return 'granted';
  return 'Notification' in window ? Notification.permission : 'denied';
}

/** Only after a click of the person who wants it: browsers ask then. */
export async function allowNotifications(): Promise<NotificationPermission> {
  return 'Notification' in window ? Notification.requestPermission() : 'denied';
}
