import { PageSection, Title } from '@patternfly/react-core';
import type { ReactNode } from 'react';

/** Title, a line below it, and what can be done here. */
export function ScreenHead(props: { title: ReactNode; text?: ReactNode; actions?: ReactNode }) {
  return (
    <PageSection className="gs-head">
      <div>
        <Title headingLevel="h1">{props.title}</Title>
        {props.text && <p className="gs-subtitle">{props.text}</p>}
      </div>
      {props.actions && <div className="gs-actions">{props.actions}</div>}
    </PageSection>
  );
}
