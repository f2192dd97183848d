import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 200;
const LONGEST_LINE = 4096;

/**
 * Follows a file that another program appends to, from what it holds now, and calls `use` with each line. A line that stays
 * without its end (a prompt) is given once nothing more has come for one poll. Ends when `signal` fires.
 */
export async function tailFile(path: string, signal: AbortSignal, use: (line: string) => void): Promise<void> {
  const file = await open(path, 'a+');
  let position = (await file.stat()).size;
  let rest = '';
  let isPromptTold = false;
  try {
    while (!signal.aborted) {
      const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(65_536), position });
      position += bytesRead;
      if (bytesRead > 0) {
        const lines = (isPromptTold ? '' : rest).concat(buffer.toString('utf8', 0, bytesRead)).split(/\r\n|\r|\n/);
        rest = (lines.pop() ?? '').slice(-LONGEST_LINE);
        isPromptTold = false;
        for (const line of lines) use(line.slice(0, LONGEST_LINE));
        continue;
      }
      if (rest.trim() !== '' && !isPromptTold) {
        use(rest);
        isPromptTold = true;
      }
      await sleep(POLL_MS, undefined, { signal }).catch(() => {});
    }
  } finally {
    await file.close();
  }
}
