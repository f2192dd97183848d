import { createInterface } from 'node:readline/promises';
import { openEngine } from '../engine/open.ts';
import type { Engine, Watch } from '../model/engine.ts';
import type { Stamped } from '../model/event.ts';
import { FAILURES, toFailure } from '../model/failure.ts';
import { failureText } from './failure-text.ts';

/** What the commands of one run share: the engine, Ctrl-C, and where things are printed. */
export class Session {
  exitStatus = 0;
  isJson = false;
  readonly #cancel = new AbortController();
  #engine: Promise<Engine> | undefined;

  constructor() {
    process.once('SIGTERM', () => this.#cancel.abort());
    process.on('SIGINT', () => this.#onInterrupt());
    process.stdout.on('error', () => process.exit(this.exitStatus)); // `| head` has seen enough
  }

  get signal(): AbortSignal {
    return this.#cancel.signal;
  }

  engine(): Promise<Engine> {
    this.#engine ??= openEngine({ cwd: process.cwd() });
    return this.#engine;
  }

  watch(onEvent: (event: Stamped) => void = () => {}): Watch {
    const base = { signal: this.signal, onEvent };
    return process.stdin.isTTY && !this.isJson ? { ...base, ask: question => askPerson(question) } : base;
  }

  line(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  json(value: unknown): void {
    this.line(JSON.stringify(value));
  }

  /** Prints a failure and says the exit status that its code has. */
  fail(error: unknown): number {
    const failure = toFailure(this.signal.aborted ? this.signal.reason : error);
    if (this.isJson) this.json({ ok: false, failure });
    else process.stderr.write(`${failureText(failure)}\n`);
    if (process.env.GOLDSMITH_DEBUG === '1' && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    return FAILURES[failure.code].exit;
  }

  #onInterrupt(): void {
    if (this.signal.aborted) process.stderr.write('Already stopping: giving back what is held.\n');
    else process.stderr.write('\nStopping...\n');
    this.#cancel.abort();
  }
}

async function askPerson({ text, choices }: Parameters<NonNullable<Watch['ask']>>[0]): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const menu = choices.map(({ key, label }) => `[${key}] ${label}`).join(', ');
    for (;;) {
      const answer = (await terminal.question(`\n${text}\n${menu}: `)).trim().toLowerCase();
      if (choices.some(({ key }) => key === answer)) return answer;
    }
  } finally {
    terminal.close();
  }
}
