import { Alert } from '@patternfly/react-core';
import type { Failure, Problem } from '../../core/model/failure.ts';
import { CodeText } from './code-text.tsx';

/** A failure: what, what to do, where. */
export function FailureAlert({ failure, title }: { failure: Failure; title?: string }) {
  const place = failure.details?.place;
  return (
    <Alert component="h2" isInline variant="danger" title={title ?? failure.message}>
      {title && <p>{failure.message}</p>}
      {failure.hint && (
        <p>
          <CodeText text={failure.hint} />
        </p>
      )}
      {place && (
        <p>
          <code>
            {place.file}
            {place.line ? `:${place.line}` : ''}
          </code>
          {place.source && <pre className="gs-source">{place.source}</pre>}
        </p>
      )}
    </Alert>
  );
}

const VARIANTS = { error: 'danger', warning: 'warning', note: 'info' } as const;

export function Problems({ problems }: { problems: Problem[] }) {
  return problems.map(({ severity, message, hint, place }) => (
    <Alert component="h2" key={`${message} ${place?.line}`} isInline variant={VARIANTS[severity]} title={message}>
      {hint && (
        <p>
          <CodeText text={hint} />
        </p>
      )}
      {place && (
        <code>
          {place.file}
          {place.line ? `:${place.line}` : ''}
        </code>
      )}
    </Alert>
  ));
}
