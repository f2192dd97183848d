/** What happens at Ctrl-C: the first cancels, a further one only says that this is under way. */
export function onInterrupt(controller: AbortController, say: (text: string) => void): () => void {
  return () => {
    say(
      controller.signal.aborted
        ? '\nAlready stopping: everything that was taken is being given back.\n'
        : '\nStopping.\n',
    );
    controller.abort();
  };
}
