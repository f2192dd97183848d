/** What takes the keyboard back from a guest, which gets every other key, Tab among them. */
export const LEAVE_KEYS = 'Ctrl+Shift+Enter';

/**
 * Lets a person who has no mouse out of a console: the focus goes to the open tab.
 * @param before lets go of keys that the guest holds to be pressed
 * @returns its own undo
 */
export function watchForLeaving(box: HTMLElement, before: () => void = () => {}): () => void {
  const onKey = (event: KeyboardEvent): void => {
    if (!(event.key === 'Enter' && event.ctrlKey && event.shiftKey)) return;
    event.preventDefault();
    event.stopPropagation();
    before();
    document.querySelector<HTMLElement>('[role=tab][aria-selected=true]')?.focus();
  };
  // Before xterm and noVNC, which stop what they take.
  box.addEventListener('keydown', onKey, { capture: true });
  return () => box.removeEventListener('keydown', onKey, { capture: true });
}
