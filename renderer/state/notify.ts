import type { BuildSummary } from '../../electron/ipc/contract.ts';
import { tell } from './ask.ts';
import { useLab } from './lab.ts';

/** Shorter builds are still being watched when they end. */
const LONG_MS = 60_000;

/** Says when a build has ended: in the app, and, when it was long and the page is in the background, to the desktop. */
export function watchEnds(): () => void {
  return useLab.subscribe(({ builds = [] }, { builds: before }) => {
    if (!before) return;
    const running = new Set(before.filter(({ outcome }) => outcome === 'running').map(({ id }) => id));
    for (const build of builds) if (running.has(build.id) && build.outcome !== 'running') ended(build);
  });
}

function ended(build: BuildSummary): void {
  const { image, version, outcome, failure, startedAt, at } = build;
  const isGood = outcome === 'ok';
  const title = isGood ? `Released ${image}@${version}` : `The build of ${image}: ${outcome}`;
  tell({
    variant: isGood ? 'success' : outcome === 'failed' ? 'danger' : 'info',
    title,
    ...(failure ? { text: failure.message } : {}),
  });
  const isLong = Date.parse(at) - Date.parse(startedAt) > LONG_MS;
  if (isLong && document.hidden && 'Notification' in window && Notification.permission === 'granted') {
    new Notification(title, { body: failure?.message ?? '', tag: build.id });
  }
}

/** Only after a click of the person who wants it: browsers ask then. */
export async function allowNotifications(): Promise<NotificationPermission> {
  return 'Notification' in window ? Notification.requestPermission() : 'denied';
}
