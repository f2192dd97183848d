import { Alert, AlertActionCloseButton, AlertGroup } from '@patternfly/react-core';
import { dismiss, useAsk } from '../state/ask.ts';

/** What happened, told at the edge and read aloud. */
export function Toasts() {
  const toasts = useAsk(state => state.toasts);
  return (
    <AlertGroup isToast isLiveRegion>
      {toasts.map(({ id, variant, title, text }) => (
        <Alert
          key={id}
          variant={variant}
          title={title}
          actionClose={<AlertActionCloseButton aria-label="Close" onClose={() => dismiss(id)} />}
        >
          {text}
        </Alert>
      ))}
    </AlertGroup>
  );
}
