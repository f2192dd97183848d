import type { ClientChannel } from 'ssh2';
import { GoldsmithError } from '../model/failure.ts';
import type { Connection } from './connection.ts';
import type { ExecOptions, ExecResult } from './guest.ts';
import { LineSplitter } from './lines.ts';

/**
 * A command that has ended may have left a daemon behind that holds its output open, and then sshd never closes the
 * channel. After its end, this much silence counts as the end of its output too.
 */
const SILENCE_AFTER_EXIT_MS = 3000;

/** Runs a command to its end; see `Guest.exec`. */
export async function runCommand(connection: Connection, command: string, options: ExecOptions): Promise<ExecResult> {
  options.signal?.throwIfAborted();
  const limit = options.timeoutMs === undefined ? undefined : AbortSignal.timeout(options.timeoutMs);
  const stop = AbortSignal.any([options.signal, limit].filter(signal => signal !== undefined));
  const opened = await connection.openCommand(command, options.pty ?? false, channel =>
    readToEnd(connection, channel, options, stop),
  );
  if (!opened) return { disconnected: true, started: false };
  const result = await opened.used;
  options.signal?.throwIfAborted();
  if (limit?.aborted && result.exitCode === undefined) throw tooLong(command, options.timeoutMs ?? 0);
  return result;
}

const tooLong = (command: string, timeoutMs: number): GoldsmithError =>
  new GoldsmithError('timed-out', `A command in the guest took longer than ${timeoutMs / 1000} s.`, {
    details: { command },
  });

function readToEnd(
  connection: Connection,
  channel: ClientChannel,
  options: ExecOptions,
  stop: AbortSignal,
): Promise<ExecResult> {
  return new Promise(resolve => {
    const result: ExecResult = { disconnected: true, started: true };
    let silence: NodeJS.Timeout | undefined;
    const finish = (): void => {
      clearTimeout(silence);
      stop.removeEventListener('abort', onStop);
      for (const splitter of splitters) splitter.end();
      resolve(result);
    };
    const onStop = (): void => {
      endCommand(connection, channel);
      finish();
    };
    const splitters = (['stdout', 'stderr'] as const).map(stream => {
      const splitter = new LineSplitter(line => options.onLine?.(line, stream));
      (stream === 'stdout' ? channel : channel.stderr).on('data', (chunk: Buffer) => {
        splitter.write(chunk);
        silence?.refresh();
      });
      return splitter;
    });
    channel.on('exit', (code: number | null, signal?: string) => {
      result.disconnected = false;
      if (code !== null) result.exitCode = code;
      if (signal) result.signal = signal.replace(/^SIG/, '');
      silence = setTimeout(() => {
        channel.close();
        finish();
      }, SILENCE_AFTER_EXIT_MS);
    });
    // A command may end without having read its input.
    channel.on('error', () => undefined);
    channel.on('close', finish);
    stop.addEventListener('abort', onStop, { once: true });
    channel.end(options.stdin ?? '');
    if (stop.aborted) onStop();
  });
}

/**
 * Asks for the command's end and stops listening; one that ignores the signal is left behind. ssh2's own
 * `channel.signal` sends nothing once the command's input was closed, though RFC 4254 (6.9) allows it.
 */
function endCommand(connection: Connection, channel: ClientChannel): void {
  const protocol: unknown = Reflect.get(connection.client, '_protocol');
  const outgoing: unknown = Reflect.get(channel, 'outgoing');
  if (hasSignal(protocol) && hasId(outgoing)) protocol.signal(outgoing.id, 'TERM');
  channel.close();
}

const hasSignal = (value: unknown): value is { signal(id: number, name: string): void } =>
  value instanceof Object && 'signal' in value && typeof value.signal === 'function';

const hasId = (value: unknown): value is { id: number } =>
  value instanceof Object && 'id' in value && typeof value.id === 'number';
