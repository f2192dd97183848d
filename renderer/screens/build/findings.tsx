import { type ReactNode, useEffect, useState } from 'react';
import type { Finding } from '../../../core/model/explanation.ts';
import { call } from '../../link/engine.ts';
import { CodeText } from '../../parts/code-text.tsx';

interface Props {
  id: string;
  moment: string;
  /** What is said where the rules know nothing. */
  otherwise?: ReactNode;
}

/** What the rules make of it: the reason, what says so, what to try. `moment` changes when there is something new. */
export function Findings({ id, moment, otherwise }: Props) {
  const [findings, setFindings] = useState<Finding[]>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked again when it stands anew
  useEffect(() => {
    void call('build.explain', { build: id }).then(reply => setFindings(reply.ok ? reply.value.findings : []));
  }, [id, moment]);
  if (!findings) return null;
  const [finding] = findings;
  if (!finding) return otherwise;
  const { reason, evidence, tries } = finding;
  return (
    <section aria-label="What the rules make of it">
      <h3 className="gs-small-title">{reason}</h3>
      {evidence.length > 0 && <pre className="gs-pre">{evidence.join('\n')}</pre>}
      {tries.length > 0 && (
        <ul className="gs-tries">
          {tries.map(one => (
            <li key={one}>
              <CodeText text={one} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
