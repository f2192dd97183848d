import { Page, SkipToContent } from '@patternfly/react-core';
import { Suspense, useEffect, useRef } from 'react';
import { AskDialog } from './parts/ask-dialog.tsx';
import { ConnectionBanner } from './parts/connection-banner.tsx';
import { Header } from './parts/header.tsx';
import { Palette } from './parts/palette.tsx';
import { Side } from './parts/side.tsx';
import { Toasts } from './parts/toasts.tsx';
import { Waiting } from './parts/waiting.tsx';
import { screenOf } from './screens/screens.ts';
import { useProgress, watchEnds, watchProgress } from './state/notify.ts';
import { useRoute } from './state/route.ts';
import { arrowsBetweenTabs } from './state/tab-keys.ts';

const MAIN = 'main';

/** The frame of every screen. */
export function App() {
  const route = useRoute();
  const { Screen, title } = screenOf(route.parts);
  useEffect(() => watchEnds(), []);
  useEffect(() => watchProgress(), []);
  useEffect(() => arrowsBetweenTabs(), []);
  const share = useProgress(progress => progress.share);
  useEffect(() => {
    const percent = share < 0 ? '' : `${Math.floor(100 * share)} % · `;
    document.title = `${percent}${[title, route.parts[1]].filter(Boolean).join(' · ')} – Goldsmith`;
  }, [title, route, share]);
  return (
    <>
      <Page
        masthead={<Header />}
        sidebar={<Side />}
        skipToContent={
          <SkipToContent href={`#${MAIN}`} onClick={skipToMain}>
            Skip to content
          </SkipToContent>
        }
        mainContainerId={MAIN}
        isManagedSidebar
        mainAriaLabel={title}
      >
        <ConnectionBanner />
        <Suspense fallback={<Waiting what={`Loading ${title.toLowerCase()}`} />}>
          <Screen route={route} />
          <Landing parts={route.parts} />
        </Suspense>
      </Page>
      <Palette />
      <AskDialog />
      <Toasts />
    </>
  );
}

/**
 * Where the card or button that led here is gone, the keyboard goes on at the new screen, not at the top of the page;
 * what still has the focus, a link or a tab, keeps it. Beside the screen, as until that is loaded the old one is there.
 */
function Landing({ parts }: { parts: string[] }) {
  const shown = useRef(parts);
  useEffect(() => {
    const isNew = shown.current !== parts;
    shown.current = parts;
    if (isNew && document.activeElement === document.body) document.getElementById(MAIN)?.focus(STAY);
  }, [parts]);
  return null;
}

const STAY = { preventScroll: true };

/** The address is ours (`#/...`): the link must not change it. */
function skipToMain(event: { preventDefault(): void }): void {
  event.preventDefault();
  document.getElementById(MAIN)?.focus();
}
