import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { Question } from '../model/engine.ts';
import type { Cli } from './cli.ts';

/** What is typed is not shown, as with ssh's own passwords. */
async function askSecret(text: string, cli: Cli, signal: AbortSignal): Promise<string> {
  cli.stdout.write(`${text} `);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: cli.stdin, output: nowhere, terminal: true });
  try {
    return await reader.question('', { signal });
  } finally {
    reader.close();
    cli.print('');
  }
}

let turn: Promise<unknown> = Promise.resolve();

/**
 * Asks until one of the choices is named by its key or label. Cancelled with the command. There is one terminal: of
 * several questions at once, each waits for those before it.
 */
export function askQuestion(question: Question, cli: Cli, given?: AbortSignal): Promise<string> {
  const mine = turn.then(() => askNow(question, cli, given));
  turn = mine.catch(() => undefined);
  return mine;
}

async function askNow(question: Question, cli: Cli, given?: AbortSignal): Promise<string> {
  const signal = given === undefined ? cli.signal : AbortSignal.any([cli.signal, given]);
  if (question.isSecret) return askSecret(question.text, cli, signal);
  const reader = createInterface({ input: cli.stdin, output: cli.stdout });
  const choices = question.choices.map(({ key, label }) => `  ${cli.style.bold(key)}  ${label}`).join('\n');
  try {
    for (;;) {
      const typed = (await reader.question(`${question.text}\n${choices}\n> `, { signal })).trim().toLowerCase();
      const chosen = question.choices.find(({ key, label }) => [key, label].some(word => word.toLowerCase() === typed));
      if (chosen) return chosen.key;
      cli.print(`Please type one of: ${question.choices.map(({ key }) => key).join(', ')}.`);
    }
  } finally {
    reader.close();
  }
}
