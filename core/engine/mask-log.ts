import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Redactor } from '../model/redact.ts';

const MASK = '<secret>';

/**
 * Masks the secrets of a build in a log that its machine wrote by itself, once nobody writes to it any more. All other
 * bytes stay, whatever those are: a guest may print anything.
 * @param file need not be there: a machine that never began has no log
 */
export async function maskLog(file: string, secrets: Redactor): Promise<void> {
  if (!(await isThere(file))) return;
  const masked = `${file}.masked`;
  const hide = hiding(secrets, () => MASK);
  const bytes = async function* () {
    for await (const { text } of piecesOf(file)) yield Buffer.from(hide(text), 'latin1');
  };
  await pipeline(bytes, createWriteStream(masked, { mode: 0o600 }));
  await rename(masked, file);
}

/**
 * The same for a log to which a kept machine goes on appending: it has the file open, so nothing in it may move. Each
 * byte of a secret becomes a `*`. What the machine prints later is not masked: docs/decisions/0099.
 */
export async function maskWrittenLog(file: string, secrets: Redactor): Promise<void> {
  if (!(await isThere(file))) return;
  const hide = hiding(secrets, value => '*'.repeat(value.length));
  const log = await open(file, 'r+');
  try {
    for await (const { at, text } of piecesOf(file)) {
      const hidden = hide(text);
      if (hidden !== text) await log.write(hidden, at, 'latin1');
    }
  } finally {
    await log.close();
  }
}

const isThere = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );

/** @param as what is written for a value */
function hiding(secrets: Redactor, as: (latin1: string) => string): (latin1: string) => string {
  const values = secrets.values().map(value => Buffer.from(value).toString('latin1'));
  return text => values.reduce((left, value) => left.replaceAll(value, () => as(value)), text);
}

/**
 * The file in pieces that end with a line, as no secret goes over one. Each character of `latin1` is a byte: nothing is
 * lost between reading and writing, and `at` is a place in the file.
 */
async function* piecesOf(file: string): AsyncGenerator<{ at: number; text: string }> {
  let at = 0;
  let rest = '';
  for await (const chunk of createReadStream(file, 'latin1')) {
    rest += chunk;
    const text = rest.slice(0, rest.lastIndexOf('\n') + 1);
    yield { at, text };
    at += text.length;
    rest = rest.slice(text.length);
  }
  yield { at, text: rest };
}
