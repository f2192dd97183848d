import { open, stat } from 'node:fs/promises';
import type { BuildEvent } from '../model/event.ts';
import { GoldsmithError } from '../model/failure.ts';
import { progressOf } from '../progress.ts';
import { errorCode } from '../store/durable.ts';

const STALL_MS = 60_000;
const MAX_SMALL_BYTES = 4 * 1024 * 1024;

interface Told {
  signal: AbortSignal;
  emit(event: BuildEvent): void;
}

export const isRemote = (url: string): boolean => /^https?:\/\//i.test(url);

/** A small file, such as SHA256SUMS or its signature. @throws GoldsmithError `source-unreachable` */
export async function fetchSmall(url: string, { signal }: Told): Promise<Buffer> {
  const response = await request(url, {}, signal);
  const bytes = Buffer.from(await response.arrayBuffer());
  if (bytes.length <= MAX_SMALL_BYTES) return bytes;
  throw new GoldsmithError('source-unreachable', `${url} is too large for a checksum file.`);
}

/**
 * Downloads into `partial`, going on where an earlier try was cut off if the server can. What arrived stays on failure.
 * @throws GoldsmithError `source-unreachable` for no answer, a 404, a stall or a cut; `disk-full`
 */
export async function download(url: string, partial: string, told: Told): Promise<void> {
  const already = (await stat(partial).catch(() => undefined))?.size ?? 0;
  const response = await request(url, already > 0 ? { Range: `bytes=${already}-` } : {}, told.signal);
  const isResumed = response.status === 206;
  const start = isResumed ? already : 0;
  const length = Number(response.headers.get('content-length') ?? Number.NaN);
  const total = Number.isNaN(length) ? undefined : start + length;
  const file = await open(partial, isResumed ? 'a' : 'w', 0o644);
  try {
    const done = await copyBody(response, file, start, total, url, told);
    if (total !== undefined && done !== total)
      throw unreachable(url, `the download was cut off after ${done} of ${total} bytes`);
  } catch (error) {
    if (errorCode(error) !== 'ENOSPC') throw error;
    throw new GoldsmithError('disk-full', `The disk is full: ${url} needs ${total ?? 'more'} bytes.`, {
      hint: 'goldsmith clean frees some.',
      cause: error,
    });
  } finally {
    await file.close();
  }
}

async function copyBody(
  response: Response,
  file: Awaited<ReturnType<typeof open>>,
  start: number,
  total: number | undefined,
  url: string,
  told: Told,
): Promise<number> {
  const reader = response.body?.getReader();
  let done = start;
  const tell = progressOf(told, 'download');
  while (reader) {
    const piece = await untilStall(reader.read(), url);
    if (piece.done) break;
    await file.write(piece.value);
    done += piece.value.length;
    tell(done, total);
  }
  return done;
}

async function request(url: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await untilStall(fetch(url, { headers, signal, redirect: 'follow' }), url);
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof GoldsmithError) throw cause;
    const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
    throw unreachable(url, reason, cause);
  }
  if (response.ok) return response;
  throw unreachable(url, `the server answers ${response.status} ${response.statusText}`);
}

async function untilStall<T>(work: Promise<T>, url: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const stall = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(unreachable(url, `nothing came for ${STALL_MS / 1000} s`)), STALL_MS);
  });
  try {
    return await Promise.race([work, stall]);
  } catch (error) {
    if (error instanceof GoldsmithError || (error instanceof Error && error.name === 'AbortError')) throw error;
    throw errorCode(error) === 'ENOSPC'
      ? error
      : unreachable(url, error instanceof Error ? error.message : String(error), error);
  } finally {
    clearTimeout(timer);
  }
}

const unreachable = (url: string, why: string, cause?: unknown): GoldsmithError =>
  new GoldsmithError('source-unreachable', `${url} cannot be had: ${why}.`, { cause });
