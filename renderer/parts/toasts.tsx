import { Alert, AlertActionCloseButton, AlertActionLink, AlertGroup } from '@patternfly/react-core';
import { dismiss, type Toast, useAsk } from '../state/ask.ts';

/** What happened, told at the edge and read aloud. */
export function Toasts() {
  const toasts = useAsk(state => state.toasts);
  return (
    <AlertGroup isToast isLiveRegion>
      {toasts.map(({ id, variant, title, text, action }) => (
        <Alert
          key={id}
          variant={variant}
          title={title}
          actionClose={<AlertActionCloseButton aria-label="Close" onClose={() => dismiss(id)} />}
          {...(action ? { actionLinks: <Action id={id} action={action} /> } : {})}
        >
          {text}
        </Alert>
      ))}
    </AlertGroup>
  );
}

function Action({ id, action: { label, run } }: { id: number; action: NonNullable<Toast['action']> }) {
  const act = (): void => {
    dismiss(id);
    run();
  };
  return <AlertActionLink onClick={act}>{label}</AlertActionLink>;
}
