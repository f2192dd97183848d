import { Button, Card, CardBody, CardTitle } from '@patternfly/react-core';
import { useState } from 'react';
import type { StandingQuestion } from '../../../core/model/checkpoint.ts';
import { call } from '../../link/engine.ts';
import { Icon } from '../../parts/icons.tsx';
import { confirm, tellFailure } from '../../state/ask.ts';
import { go } from '../../state/route.ts';
import { Findings } from './findings.tsx';

/** Choices of the terminal that are places here: they are looked at, not answered. */
const PLACES: Record<string, { label: string; tab: string }> = {
  l: { label: 'Look at its screen', tab: 'screen' },
  w: { label: 'Go back to a checkpoint', tab: 'checkpoints' },
};

/** What the terminal asks with; here the buttons do. */
const ASKS = /^The (build|machine) (still )?stands\. What now\?$/;

const DANGER = 'd';
const DISCARD = {
  title: 'Discard the machine?',
  text: 'The build ends, and its machine with everything that was installed in it is lost. Journal, logs and pictures stay.',
  confirm: 'Discard',
  dismiss: 'Let it stand',
  isDanger: true,
};

/** A build that stands: what happened, and what can be done. The question stands as long as nobody answers it. */
export function QuestionCard({ id, question }: { id: string; question: StandingQuestion }) {
  const [isAnswering, setAnswering] = useState(false);
  const answer = async (choice: string): Promise<void> => {
    if (choice === DANGER && !(await confirm(DISCARD))) return;
    setAnswering(true);
    const reply = await call('build.answer', { build: id, choice });
    setAnswering(false);
    if (!reply.ok) tellFailure(reply.failure);
  };
  const { failure } = question;
  const [first = '', ...told] = question.text.split('\n');
  const rest = told.filter(line => !ASKS.test(line) && !failure?.message.includes(line));
  return (
    <Card className="gs-failure" component="section" aria-label="The build stands">
      <CardTitle component="h2">
        <Icon name="warning" /> {first}
      </CardTitle>
      <CardBody>
        <Findings id={id} moment={question.at} otherwise={rest.map(line => <p key={line}>{line}</p>)} />
        <div className="gs-actions">
          {question.choices.map(({ key, label }) => {
            const place = PLACES[key];
            return (
              <Button
                key={key}
                variant={key === 'r' ? 'primary' : key === DANGER ? 'link' : 'secondary'}
                isDanger={key === DANGER}
                isDisabled={isAnswering}
                onClick={() => (place ? go(['builds', id, place.tab]) : void answer(key))}
              >
                {place?.label ?? capital(label)}
              </Button>
            );
          })}
        </div>
        <small className="gs-muted gs-below">
          {isAnswering
            ? 'The build is told …'
            : 'The machine waits. Nothing is lost when this page or the app is closed.'}
        </small>
      </CardBody>
    </Card>
  );
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
