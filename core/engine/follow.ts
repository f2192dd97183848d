import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Watch } from '../model/engine.ts';
import type { Stamped } from '../model/event.ts';

const POLL_MS = 200;

/** Tells every event of a journal, and goes on as it grows until the build has finished or the signal fires. */
export async function followJournal(path: string, follow: boolean, { signal, onEvent }: Watch): Promise<void> {
  const file = await open(path, 'r');
  let position = 0;
  let rest = Buffer.alloc(0);
  try {
    while (!signal.aborted) {
      const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(65_536), position });
      position += bytesRead;
      const data = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
      const end = data.lastIndexOf(10) + 1;
      rest = data.subarray(end);
      const events = data.toString('utf8', 0, end).split('\n').flatMap(parse);
      for (const event of events) onEvent(event);
      if (events.some(event => event.type === 'finished')) return;
      if (bytesRead > 0) continue;
      if (!follow) return;
      await sleep(POLL_MS, undefined, { signal }).catch(() => {});
    }
  } finally {
    await file.close();
  }
}

function parse(line: string): Stamped[] {
  try {
    return line === '' ? [] : [JSON.parse(line) as Stamped];
  } catch {
    return [];
  }
}
