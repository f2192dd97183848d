import { setTimeout as sleep } from 'node:timers/promises';
import { GoldsmithError } from '../../model/failure.ts';
import type { Pointer } from './ffi/native.ts';
import type { Threads } from './ffi/threads.ts';
import { withSshProgram } from './ssh-program.ts';

/** Who does not let us in for so long never will: libvirt itself would wait without end. */
export const OPEN_MS = 60_000;

/** Openings that nobody waits for any more: each holds a thread until libvirt, or the other side, ends it. */
const givenUp = new Map<string, Promise<unknown>>();

/**
 * The handle of a new connection.
 * @throws GoldsmithError `timed-out` when nobody answers, and as libvirt says (ffi/error.ts)
 */
export async function openInTime(threads: Threads, uri: string, ms: number): Promise<Pointer> {
  const before = givenUp.get(uri);
  if (before) await inTime(uri, before, ms); // one more beside it would hold one more thread, and hear nothing either
  const opening = threads.call('connectOpen', await withSshProgram(uri));
  try {
    return await inTime(uri, opening, ms);
  } catch (error) {
    const late = opening.then(pointer => threads.call('connectClose', pointer));
    givenUp.set(
      uri,
      late.catch(() => {}).finally(() => givenUp.delete(uri)),
    );
    throw error;
  }
}

/** What a libvirt answers; one that is silent is not waited for. @throws GoldsmithError `timed-out` */
export async function inTime<T>(uri: string, answer: Promise<T>, ms: number): Promise<T> {
  const silence = new AbortController();
  try {
    return await Promise.race([answer, silentAfter(uri, ms, silence.signal)]);
  } finally {
    silence.abort();
  }
}

async function silentAfter(uri: string, ms: number, signal: AbortSignal): Promise<never> {
  await sleep(ms, undefined, { signal });
  throw new GoldsmithError('timed-out', `${uri} did not answer within ${ms / 1000} s.`, {
    hint: 'Look whether its daemon hangs, and whether a firewall on the way swallows what is sent.',
  });
}
