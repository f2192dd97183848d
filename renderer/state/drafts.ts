import { useState } from 'react';

/** What was typed into forms and not sent yet: leaving a screen and coming back loses none of it. Gone with the page. */
const drafts = new Map<string, unknown>();

/**
 * A form's values under a name of its own.
 * @param first what it shows when nothing was typed
 */
export function useDraft<T>(name: string, first: T): [T, (value: T) => void] {
  const [value, setValue] = useState(() => (drafts.get(name) as T | undefined) ?? first);
  return [
    value,
    now => {
      drafts.set(name, now);
      setValue(now);
    },
  ];
}

/** It was sent, or given up. */
export const forgetDraft = (name: string): void => void drafts.delete(name);
