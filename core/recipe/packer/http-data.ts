import { type Failure, GoldsmithError, type Place } from '../../model/failure.ts';
import { toPlain } from '../hcl/convert.ts';
import { ANY, isWhollyKnown, objectValue, textValue, type Value } from '../hcl/value.ts';

/** Packer's own client waits for ever; nobody who plans should. */
const TIMEOUT_MS = 30_000;
const LARGEST_BYTES = 4 * 1024 * 1024;

interface Request {
  url: string;
  method: string;
  headers: Record<string, string>;
  body: string | undefined;
}

/** What servers have answered, by request: readings that share it ask once, as one run of Packer does. */
export type HttpAnswers = Map<string, string>;

/**
 * The data source `http` (Packer's own): asked only where a qemu builder needs its answer, so that reading a template
 * that does not need one stays without a network.
 */
export class HttpData {
  readonly #wanted = new Map<string, { request: Request; place: Place }>();

  constructor(readonly answers: HttpAnswers = new Map()) {}

  /** What is known of it by now. @param given url, method, request_headers, request_body */
  value(given: Value[], place: Place): Value {
    if (!given.every(isWhollyKnown)) return { kind: 'unknown', type: ANY };
    const request = requestOf(given.map(toPlain));
    const key = JSON.stringify(request);
    const body = this.answers.get(key);
    if (body === undefined) {
      this.#wanted.set(key, { request, place });
      return { kind: 'unknown', type: ANY };
    }
    const headers = Object.entries(request.headers).map(([name, text]): [string, Value] => [name, textValue(text)]);
    return objectValue([
      ['url', textValue(request.url)],
      ['body', textValue(body)],
      ['request_headers', objectValue(headers)],
    ]);
  }

  /**
   * Asks for all that was wanted and is not known yet. False: nothing is.
   * @throws GoldsmithError `source-unreachable` at the data source
   */
  async ask(): Promise<boolean> {
    const wanted = [...this.#wanted].filter(([key]) => !this.answers.has(key));
    await Promise.all(
      wanted.map(async ([key, { request, place }]) => void this.answers.set(key, await answer(request, place))),
    );
    return wanted.length > 0;
  }
}

function requestOf([url, method, headers, body]: unknown[]): Request {
  const given = headers !== null && typeof headers === 'object' ? Object.entries(headers) : [];
  return {
    url: String(url ?? ''),
    method: String(method ?? 'GET').toUpperCase(),
    headers: Object.fromEntries(given.map(([name, value]) => [name, String(value)])),
    body: body === null || body === undefined ? undefined : String(body),
  };
}

async function answer({ url, method, headers, body }: Request, place: Place): Promise<string> {
  const failed = (why: string, cause?: unknown): GoldsmithError =>
    new GoldsmithError('source-unreachable', `The data source at ${url} cannot be read: ${why}.`, {
      hint: 'The template needs its answer. Without a network, write the value into the template or a variable.',
      details: { place } satisfies Failure['details'],
      cause,
    });
  if (!/^https?:\/\//i.test(url)) throw failed('it is no http address');
  const init = { method, headers, signal: AbortSignal.timeout(TIMEOUT_MS), ...(body === undefined ? {} : { body }) };
  const response = await fetch(url, init).catch((error: Error) => {
    throw failed(error.cause instanceof Error ? error.cause.message : error.message, error);
  });
  if (response.status !== 200) throw failed(`the server answered ${response.status}`);
  const bytes = Buffer.from(await response.arrayBuffer());
  if (bytes.length > LARGEST_BYTES) throw failed('the answer is too large');
  return bytes.toString('utf8');
}
