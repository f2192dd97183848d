import { Card, CardBody, Tab, Tabs, TabTitleText } from '@patternfly/react-core';
import { lazy, Suspense, useMemo, useState } from 'react';
import type { Plan } from '../../../core/model/plan.ts';
import { formatBytes } from '../../../core/model/quantity.ts';
import { Problems } from '../../parts/failure.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { PlanFacts } from './plan-facts.tsx';

const Code = lazy(async () => ({ default: (await import('../../parts/code.tsx')).Code }));

/** Everything the build will do, before anything is made. */
export function PlanView({ plan, isOld }: { plan: Plan; isOld: boolean }) {
  const [tab, setTab] = useState<string | number>('plan');
  return (
    <Card className={isOld ? 'gs-old' : ''}>
      <CardBody>
        <Tabs activeKey={tab} onSelect={(_event, key) => setTab(key)} aria-label="Plan">
          <Tab eventKey="plan" title={<TabTitleText>Plan</TabTitleText>}>
            <PlanFacts plan={plan} />
            <div className="gs-tab gs-remarks">
              <Problems problems={plan.problems.filter(({ severity }) => severity !== 'error')} />
            </div>
          </Tab>
          <Tab eventKey="answers" title={<TabTitleText>Answer files ({plan.answers.length})</TabTitleText>}>
            {tab === 'answers' && <Answers plan={plan} />}
          </Tab>
          <Tab eventKey="qemu" title={<TabTitleText>{plan.libvirt ? 'libvirt' : 'QEMU'}</TabTitleText>}>
            <pre className="gs-pre">{plan.libvirt?.domainXml ?? commandText(plan.qemuArguments)}</pre>
          </Tab>
        </Tabs>
      </CardBody>
    </Card>
  );
}

/** One switch a line. */
export const commandText = (words: string[]): string =>
  words.reduce((text, word) => `${text}${word.startsWith('-') ? ' \\\n  ' : ' '}${quoted(word)}`).trim();

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

function Answers({ plan }: { plan: Plan }) {
  const [path, setPath] = useState(plan.answers[0]?.path ?? '');
  const answer = plan.answers.find(one => one.path === path) ?? plan.answers[0];
  const problems = useMemo(() => plan.problems.filter(({ place }) => place?.file === answer?.path), [plan, answer]);
  if (!answer) return <p className="gs-none">This recipe serves no files.</p>;
  return (
    <>
      <Tabs isSubtab activeKey={answer.path} onSelect={(_event, key) => setPath(String(key))} aria-label="Answer files">
        {plan.answers.map(one => (
          <Tab key={one.path} eventKey={one.path} title={<TabTitleText>{one.path}</TabTitleText>} />
        ))}
      </Tabs>
      <p className="gs-muted gs-note">
        As it will be served: {answer.kind}, {formatBytes(answer.bytes)}
        {problems.length > 0 &&
          `, ${problems.length === 1 ? 'one remark' : `${problems.length} remarks`}, marked below`}
        .
      </p>
      {answer.text === undefined ? (
        <p>Not a text, or too long to be shown.</p>
      ) : (
        <Suspense fallback={<Waiting what="Opening the editor" />}>
          <Code text={answer.text} kind={answer.kind} label={answer.path} problems={problems} />
        </Suspense>
      )}
    </>
  );
}
