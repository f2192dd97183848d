import { PassThrough, Writable } from 'node:stream';
import type { Input, Output } from '../../core/cli/cli.ts';
import { runCli } from '../../core/cli/run.ts';
import type { Engine } from '../../core/model/engine.ts';
import { FakeEngine } from './fake-engine.ts';

class Sink extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

export interface Shell {
  engine?: Engine;
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  signal?: AbortSignal;
  /** Like a terminal of 80 columns. */
  isTTY?: boolean;
  stdin?: Input;
}

/** Runs one command line in-process, with streams and an engine of its own. */
export async function goldsmith(line: string | string[], shell: Shell = {}) {
  const [stdout, stderr] = [new Sink(), new Sink()];
  const size = shell.isTTY ? { isTTY: true, columns: 80, rows: 30 } : {};
  const stdin = shell.stdin ?? new PassThrough();
  const status = await runCli(typeof line === 'string' ? line.split(' ').filter(Boolean) : line, {
    stdin,
    stdout: Object.assign(stdout, size) as Output,
    stderr: stderr as Output,
    env: { LANG: 'C.UTF-8', NO_COLOR: '1', ...shell.env },
    cwd: shell.cwd ?? '/lab',
    signal: shell.signal ?? new AbortController().signal,
    openEngine: async () => shell.engine ?? new FakeEngine(),
  });
  return { status, out: stdout.text, err: stderr.text };
}
