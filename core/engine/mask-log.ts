import { createReadStream, createWriteStream } from 'node:fs';
import { rename, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Redactor } from '../model/redact.ts';

/**
 * Masks the secrets of a build in a log that its machine wrote by itself, once nobody writes to it any more. Lines
 * without a secret keep their bytes, whatever those are: a guest may print anything.
 * @param file need not be there: a machine that never began has no log
 */
export async function maskLog(file: string, secrets: Redactor): Promise<void> {
  if (!(await stat(file).catch(() => undefined))) return;
  const masked = `${file}.masked`;
  await pipeline(
    createReadStream(file, 'latin1'),
    chunks => maskedLines(chunks, secrets),
    createWriteStream(masked, { mode: 0o600 }),
  );
  await rename(masked, file);
}

/** Each character of `latin1` is a byte, so nothing is lost between reading and writing. */
async function* maskedLines(chunks: AsyncIterable<string>, secrets: Redactor): AsyncGenerator<Buffer> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    yield Buffer.concat(lines.map(line => maskedLine(`${line}\n`, secrets)));
  }
  yield maskedLine(rest, secrets);
}

function maskedLine(latin1: string, secrets: Redactor): Buffer {
  const bytes = Buffer.from(latin1, 'latin1');
  const text = bytes.toString('utf8');
  const masked = secrets.mask(text);
  return masked === text ? bytes : Buffer.from(masked);
}
