import { Button } from '@patternfly/react-core';
import type { ReactNode } from 'react';
import { tell } from '../state/ask.ts';
import { Icon } from './icons.tsx';

interface Props {
  text: string;
  /** What can be done with it beside copying. */
  children?: ReactNode;
  onClose(): void;
}

/** The whole of a line that was chosen in a list, which shows only as much as fits. */
export function LineDetail({ text, children, onClose }: Props) {
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    tell({ variant: 'success', title: 'Copied.' });
  };
  return (
    <section className="gs-detail" aria-label="The chosen line">
      <pre className="gs-pre" role="status">
        {text}
      </pre>
      <div className="gs-actions">
        {children}
        <Button variant="link" size="sm" icon={<Icon name="copy" size={15} />} onClick={() => void copy()}>
          Copy
        </Button>
        <Button variant="link" size="sm" onClick={onClose}>
          Close
        </Button>
      </div>
    </section>
  );
}
