import { setTimeout as sleep } from 'node:timers/promises';
import { GoldsmithError } from '../../model/failure.ts';
import type { Pointer } from './ffi/native.ts';
import type { Threads } from './ffi/threads.ts';
import { withSshProgram } from './ssh-program.ts';

/** Who does not let us in for so long never will: libvirt itself would wait without end. */
export const OPEN_MS = 60_000;

/** Openings that were given up: each holds a thread until libvirt, or the other side, ends it. */
const givenUp = new Map<string, { sinceMs: number; end: Promise<unknown> }>();

/**
 * The handle of a new connection.
 * @throws GoldsmithError `host-lacks` when nobody answers, and as libvirt says (ffi/error.ts)
 */
export async function openInTime(threads: Threads, uri: string, ms: number): Promise<Pointer> {
  await endOfEarlier(uri, ms);
  const sinceMs = performance.now();
  const opening = threads.call('connectOpen', await withSshProgram(uri));
  try {
    return await inTime(uri, opening, ms);
  } catch (error) {
    const late = opening.then(pointer => threads.call('connectClose', pointer)).catch(() => {});
    givenUp.set(uri, { sinceMs, end: late.finally(() => givenUp.delete(uri)) });
    throw error;
  }
}

/** One more beside one that was given up would hold one more thread, and hear nothing either. */
async function endOfEarlier(uri: string, ms: number): Promise<void> {
  const earlier = givenUp.get(uri);
  if (!earlier) return;
  const leftMs = earlier.sinceMs + OPEN_MS - performance.now();
  if (leftMs < 1000) throw silent(uri, OPEN_MS);
  await inTime(uri, earlier.end, Math.min(ms, leftMs));
}

/** What a libvirt answers; one that is silent is not waited for. @throws GoldsmithError `host-lacks` */
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
  throw silent(uri, ms);
}

const silent = (uri: string, ms: number): GoldsmithError =>
  new GoldsmithError('host-lacks', `${uri} did not answer within ${Math.round(ms / 1000)} s.`, {
    hint: 'Look whether its daemon hangs, and whether a firewall on the way swallows what is sent.',
  });
