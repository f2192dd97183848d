import { useSyncExternalStore } from 'react';

/** As styles.css has it: below this, what stood side by side stands one above the other. */
const narrow = matchMedia('(max-width: 1100px)');

/** Whether the window is too narrow for two columns. */
export const useNarrow = (): boolean =>
  useSyncExternalStore(
    listener => {
      narrow.addEventListener('change', listener);
      return () => narrow.removeEventListener('change', listener);
    },
    () => narrow.matches,
  );
