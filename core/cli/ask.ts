import { createInterface } from 'node:readline/promises';
import type { Question } from '../model/engine.ts';
import type { Cli } from './cli.ts';

/** Asks until one of the choices is named by its key or label. Cancelled with the command. */
export async function askQuestion(question: Question, cli: Cli, given?: AbortSignal): Promise<string> {
  const signal = given === undefined ? cli.signal : AbortSignal.any([cli.signal, given]);
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
