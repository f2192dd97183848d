import type { EventOf, Stamped } from '../model/event.ts';
import type { Failure } from '../model/failure.ts';
import type { Where } from './rule.ts';

/** Lines kept of each source: a reason stands near the end. */
const MOST_LINES = 400;
const PROVISIONER = /^Provisioner \d+\/\d+: /;

export interface Said {
  where: Where;
  text: string;
}

/** What is known of a build that stopped, since its machine was started or went back last. */
export interface Facts {
  failure?: Failure;
  said: Said[];
  /** Answers that were fetched and found. */
  answersFetched: number;
  /** The boot command was typed to its end. */
  isTyped: boolean;
  /** How often a kernel greeted on the serial console. */
  boots: number;
}

const KERNEL = /\bLinux version \d/;

/** @param screen rows of the text screen as it was last */
export function factsOf(events: Iterable<Stamped>, screen: string[] = []): Facts {
  let facts = nothing();
  for (const event of events) facts = take(facts, event);
  facts.said = [...facts.said, ...screen.map(text => ({ where: 'screen' as const, text }))];
  return facts.failure ? withFailure(facts, facts.failure) : facts;
}

/** The same with a failure that is not in the journal yet. */
export const withFailure = (facts: Facts, failure: Failure): Facts => ({
  ...facts,
  failure,
  said: [...facts.said.filter(({ where }) => where !== 'failure'), ...ownWords(failure)],
});

const nothing = (): Facts => ({ said: [], answersFetched: 0, isTyped: false, boots: 0 });

function take(facts: Facts, event: Stamped): Facts {
  if (event.type === 'line') return line(facts, event);
  if (event.type === 'request') return request(facts, event);
  if (event.type === 'note') return note(facts, event);
  if (event.type === 'finished' || event.type === 'question') {
    return event.failure ? { ...facts, failure: event.failure } : facts;
  }
  // A machine that is booted anew, after somebody chose another try, said nothing yet.
  if (event.type === 'step-started' && event.step === 'boot') return nothing();
  // What a machine said before it went back is undone.
  return event.type === 'rewound'
    ? { ...nothing(), answersFetched: facts.answersFetched, isTyped: facts.isTyped }
    : facts;
}

function line(facts: Facts, { source, line: text }: EventOf<'line'>): Facts {
  if (source === 'goldsmith') return facts;
  if (source === 'serial' && KERNEL.test(text)) facts.boots += 1;
  facts.said.push({ where: source, text });
  if (facts.said.length > 2 * MOST_LINES) facts.said = facts.said.slice(-MOST_LINES);
  return facts;
}

function request(facts: Facts, { method, path, status }: EventOf<'request'>): Facts {
  if (status < 400) facts.answersFetched += 1;
  facts.said.push({ where: 'request', text: `${method} ${path} ${status}` });
  return facts;
}

/** What an earlier provisioner printed does not explain a later one's failure. */
function note(facts: Facts, { message }: EventOf<'note'>): Facts {
  if (message.startsWith('The boot command is typed')) facts.isTyped = true;
  if (PROVISIONER.test(message)) facts.said = facts.said.filter(({ where }) => where !== 'provisioner');
  return facts;
}

const ownWords = ({ message, details }: Failure): Said[] =>
  [message, ...(details?.lastLines ?? [])].map(text => ({ where: 'failure', text }));
