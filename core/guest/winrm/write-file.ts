import { GoldsmithError } from '../../model/failure.ts';
import { LineReader } from './line-reader.ts';
import { powershell, writeFileScript } from './powershell.ts';
import { Shell } from './shell.ts';
import type { Transport } from './transport.ts';

/** Of a file, before base64: with its envelope below WinRM's default limit of 150 KiB a message. */
export const CHUNK_BYTES = 73_728;
/** Of one line of base64 in such a message. */
const LINE_BYTES = 6144;
const ANSWER_MS = 60_000;

/** Writes a file of the guest, piece by piece through the standard input of a program there. */
export async function writeFile(
  transport: Transport,
  chunks: AsyncIterable<Buffer> | Buffer[],
  remote: string,
  signal: AbortSignal,
): Promise<void> {
  const shell = await Shell.open(transport, signal);
  try {
    const id = await shell.start(powershell(writeFileScript(remote)), signal);
    for await (const chunk of chunks) {
      for (let from = 0; from < chunk.length; from += CHUNK_BYTES) {
        await shell.send(id, inLines(chunk.subarray(from, from + CHUNK_BYTES)), false, signal);
      }
    }
    await shell.send(id, Buffer.alloc(0), true, signal);
    await requireSuccess(shell, id, `Writing ${remote} in the guest`, signal);
  } finally {
    await shell.delete(AbortSignal.timeout(ANSWER_MS)).catch(() => undefined);
  }
}

async function requireSuccess(shell: Shell, id: string, what: string, signal: AbortSignal): Promise<void> {
  const lines: string[] = [];
  const reader = new LineReader(line => lines.push(line));
  for (;;) {
    const { output, exitCode } = await shell.receive(id, signal);
    for (const { stream, data } of output) reader.take(stream, data);
    if (exitCode === undefined) continue;
    reader.end();
    if (exitCode === 0) return;
    throw new GoldsmithError('provision-failed', `${what} failed: ${lines.at(-1) ?? `status ${exitCode}`}`, {
      details: { exitCode, lastLines: lines.slice(-20) },
    });
  }
}

/** Gives a command all of its standard input, and its end. */
export async function sendAll(shell: Shell, id: string, data: Buffer, signal: AbortSignal): Promise<void> {
  for (let from = 0; from < data.length; from += CHUNK_BYTES) {
    await shell.send(id, data.subarray(from, from + CHUNK_BYTES), false, signal);
  }
  await shell.send(id, Buffer.alloc(0), true, signal);
}

/** In base64, in lines that PowerShell reads one by one. */
function inLines(data: Buffer): Buffer {
  const lines: string[] = [];
  for (let from = 0; from < data.length; from += LINE_BYTES) {
    lines.push(`${data.subarray(from, from + LINE_BYTES).toString('base64')}\r\n`);
  }
  return Buffer.from(lines.join(''));
}
