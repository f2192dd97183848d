import { useEffect, useState } from 'react';
import type { Finding } from '../../../core/model/explanation.ts';
import { call } from '../../link/engine.ts';
import { CodeText } from '../../parts/code-text.tsx';

/** What the rules make of it: the reason, what says so, what to try. `moment` changes when there is something new. */
export function Findings({ id, moment }: { id: string; moment: string }) {
  const [findings, setFindings] = useState<Finding[]>([]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked again when it stands anew
  useEffect(() => {
    void call('build.explain', { build: id }).then(reply => reply.ok && setFindings(reply.value.findings));
  }, [id, moment]);
  const [finding] = findings;
  if (!finding) return null;
  const { reason, evidence, tries } = finding;
  return (
    <section aria-label="What the rules make of it">
      <h3 className="gs-small-title">{reason}</h3>
      {evidence.length > 0 && <pre className="gs-pre">{evidence.join('\n')}</pre>}
      {tries.length > 0 && (
        <ul>
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
