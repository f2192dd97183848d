import { readFile, writeFile } from 'node:fs/promises';
import { ScreenReader } from '../boot/ocr.ts';
import { explain, named } from '../explain/explain.ts';
import { factsOf, withFailure } from '../explain/facts.ts';
import { type Failure, GoldsmithError, toFailure } from '../model/failure.ts';
import { plainText } from '../model/plain-text.ts';
import { buildFiles } from './context.ts';
import { within } from './guard.ts';
import { readJournal } from './journal.ts';
import type { Session } from './session.ts';
import type { Stage } from './stages.ts';
import type { Choice } from './stages-choice.ts';

const SERIAL_LINES = 12;
const LOOK_TIMEOUT_MS = 5000;

interface Option {
  key: string;
  label: string;
  /** Only offered where it makes sense. */
  fits?: (session: Session, stage: Stage) => boolean;
  /** Undefined: the question is asked again. */
  choose(session: Session): Promise<Choice | undefined>;
}

const hasMachine = ({ vm }: Session): boolean => vm !== undefined;

/** What a person may choose when a stage has failed; the same in the terminal and in the app. */
export const OPTIONS: readonly Option[] = [
  { key: 'l', label: 'look: screen, serial console, how to get in', fits: hasMachine, choose: async () => undefined },
  {
    key: 'r',
    label: 'retry this, with what you have changed',
    choose: async () => ({ kind: 'retry', isReread: true }),
  },
  {
    key: 'w',
    label: 'rewind to an earlier checkpoint',
    fits: session => session.checkpoints.length > 0,
    choose: chooseCheckpoint,
  },
  { key: 'g', label: 'go on as if it had not failed', fits: hasMachine, choose: async () => ({ kind: 'go-on' }) },
  { key: 'k', label: 'keep the machine and end the build', fits: hasMachine, choose: end('keep') },
  { key: 'd', label: 'discard the machine and end the build', choose: end('release') },
];

function end(what: 'keep' | 'release'): Option['choose'] {
  return async ({ standing }) => {
    standing.choice = what;
    return { kind: 'end' };
  };
}

/**
 * Asks what to do about a failure. The question stands in the journal until somebody answers: at this terminal, at
 * another one, or in the app.
 */
export async function askAboutFailure(session: Session, stage: Stage, error: unknown): Promise<Choice> {
  if (!session.context.isAskedOnError) return { kind: 'end' };
  const reason = error instanceof Error ? error.message : String(error);
  const hint = error instanceof GoldsmithError && error.hint ? `\n${error.hint}` : '';
  const options = OPTIONS.filter(({ fits }) => fits?.(session, stage) ?? true);
  const why = whyText(session, error);
  let shown = '';
  for (;;) {
    const text = `${shown}${session.run.secrets.mask(reason)}${hint}\n${why}The build stands. What now?`;
    const key = await askOnce(session, text, options, toFailure(error, session.run.currentStep));
    if (typeof key !== 'string') return key;
    const choice = await options.find(option => option.key === key)?.choose(session);
    if (choice) return choice;
    shown = key === 'l' ? `${await look(session)}\n\n` : '';
  }
}

/** What the rules know beyond the error's own words. */
function whyText({ run, context }: Session, error: unknown): string {
  const facts = factsOf(readJournal(buildFiles(context.dir).journal));
  const failure = run.secrets.maskDeep(toFailure(error, run.currentStep));
  const [found] = explain(withFailure(facts, failure));
  const finding = found && named(found, context.id);
  return finding ? `${finding.reason}\n${finding.tries[0] ? `Try: ${finding.tries[0]}\n` : ''}` : '';
}

/** The key of a choice, or a choice that another process made by itself. */
async function askOnce(
  session: Session,
  text: string,
  choices: { key: string; label: string }[],
  failure?: Failure,
): Promise<string | Choice> {
  const { context, run } = session;
  const plain = choices.map(({ key, label }) => ({ key, label }));
  const answered = new AbortController();
  const signal = AbortSignal.any([run.signal, answered.signal]);
  run.emit({ type: 'question', text, choices: plain, ...(failure ? { failure } : {}) });
  try {
    const elsewhere = new Promise<string | Choice>((resolve, reject) => {
      session.question = { answer: choice => resolve(asKey(choice, plain)) };
      run.signal.addEventListener('abort', () => reject(run.signal.reason), { once: true });
    });
    const here = context.ask?.(text, plain, signal);
    here?.catch(() => {}); // it is given up when another process has answered
    const choice = await Promise.race([elsewhere, ...(here ? [here] : [])]);
    run.emit({ type: 'answered', choice: typeof choice === 'string' ? choice : choice.kind });
    return choice;
  } finally {
    session.question = undefined;
    answered.abort();
  }
}

/** A choice by its key, or by the first word of its label. */
const asKey = (choice: string | Choice, choices: { key: string; label: string }[]): string | Choice =>
  typeof choice === 'string'
    ? (choices.find(({ key, label }) => key === choice || label.split(/[ :,]/)[0] === choice)?.key ?? choice)
    : choice;

/** Undefined: back to the question before. */
async function chooseCheckpoint(session: Session): Promise<Choice | undefined> {
  const choices = session.checkpoints.map(({ id, name }, nth) => ({ key: String(nth + 1), label: `${name} (${id})` }));
  const key = await askOnce(session, 'Rewind to which checkpoint?', [...choices, { key: 'b', label: 'back' }]);
  if (typeof key !== 'string') return key;
  const chosen = session.checkpoints[Number(key) - 1];
  return chosen && { kind: 'rewind', checkpoint: chosen.id };
}

/** What can be seen of the machine from outside, and the ways in. */
async function look(session: Session): Promise<string> {
  const { vm, context, guest } = session;
  if (!vm) return 'The machine is gone.';
  const { serialLog, lastScreen } = buildFiles(context.dir);
  const rows = await within(LOOK_TIMEOUT_MS, 'The screen', new ScreenReader(vm).rows()).catch(() => undefined);
  const picture = await within(LOOK_TIMEOUT_MS, 'The screen', vm.screenshot()).catch(() => undefined);
  if (picture) await writeFile(lastScreen, picture);
  const screen = rows?.filter(row => row !== '') ?? [];
  const serial = (await readFile(serialLog, 'utf8').catch(() => '')).split(/\r?\n/).filter(line => line.trim() !== '');
  const parts = [
    screen.length > 0 ? `Screen:\n${indented(screen)}` : `Screen: ${picture ? lastScreen : 'it cannot be read'}`,
    `Serial console:\n${indented(serial.slice(-SERIAL_LINES))}`,
    `Console: goldsmith console ${context.id}${guest ? `     Shell: goldsmith ssh ${context.id}` : ''}`,
  ];
  return session.run.secrets.mask(parts.join('\n'));
}

const indented = (lines: string[]): string => lines.map(line => `  ${plainText(line)}`).join('\n');
