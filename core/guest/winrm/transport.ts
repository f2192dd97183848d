import http from 'node:http';
import https from 'node:https';
import { GoldsmithError } from '../../model/failure.ts';
import { authenticateMessage, credentialsOf, negotiateMessage, readChallenge } from './ntlm.ts';

export interface WinRmLogin {
  host: string;
  port: number;
  user: string;
  password: string;
  useSsl: boolean;
  /** Do not check the certificate: a guest of a build has one that it made itself. */
  insecure: boolean;
  useNtlm: boolean;
}

export interface HttpAnswer {
  status: number;
  text: string;
  headers: http.IncomingHttpHeaders;
}

const SOAP = 'application/soap+xml;charset=UTF-8';
/** Answers are bounded by MaxEnvelopeSize; more than this is not WinRM. */
const LARGEST_ANSWER = 4 * 1024 * 1024;

/** Sends one message after the other over one connection, which NTLM logs in as a whole. */
export class Transport {
  readonly url: string;
  readonly #agent: http.Agent | https.Agent;
  #isLoggedIn = false;

  constructor(readonly login: WinRmLogin) {
    const scheme = login.useSsl ? 'https' : 'http';
    this.url = `${scheme}://${login.host}:${login.port}/wsman`;
    const options = { keepAlive: true, maxSockets: 1 };
    this.#agent = login.useSsl
      ? new https.Agent({ ...options, rejectUnauthorized: !login.insecure })
      : new http.Agent(options);
  }

  /**
   * @throws GoldsmithError `guest-auth` when the guest refuses the login, `guest-unreachable` when it cannot be reached;
   *   the reason of `signal`
   */
  async send(body: string, timeoutMs: number, signal: AbortSignal): Promise<HttpAnswer> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const answer = this.login.useNtlm
      ? await this.#sendWithNtlm(body, limit, signal)
      : await this.#post(body, `Basic ${this.#basic()}`, limit, signal);
    if (answer.status !== 401) return answer;
    this.#isLoggedIn = false;
    throw new GoldsmithError('guest-auth', `The guest refuses the WinRM login of ${this.login.user}.`, {
      hint: `It offers ${answer.headers['www-authenticate'] ?? 'nothing'}; the recipe uses ${this.login.useNtlm ? 'NTLM' : 'Basic'} (winrm_use_ntlm).`,
    });
  }

  #basic(): string {
    return Buffer.from(`${this.login.user}:${this.login.password}`).toString('base64');
  }

  async #sendWithNtlm(body: string, limit: AbortSignal, signal: AbortSignal): Promise<HttpAnswer> {
    if (this.#isLoggedIn) {
      const answer = await this.#post(body, undefined, limit, signal);
      if (answer.status !== 401) return answer;
    }
    const first = await this.#post('', `Negotiate ${negotiateMessage().toString('base64')}`, limit, signal);
    const [, offered = ''] = /(?:Negotiate|NTLM) ([A-Za-z0-9+/=]+)/.exec(first.headers['www-authenticate'] ?? '') ?? [];
    const challenge = readChallenge(Buffer.from(offered, 'base64'));
    if (!challenge) return first;
    const message = authenticateMessage(credentialsOf(this.login.user, this.login.password), challenge);
    const answer = await this.#post(body, `Negotiate ${message.toString('base64')}`, limit, signal);
    this.#isLoggedIn = answer.status !== 401;
    return answer;
  }

  async #post(
    body: string,
    authorization: string | undefined,
    limit: AbortSignal,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    try {
      return await this.#request(body, authorization, limit);
    } catch (cause) {
      signal.throwIfAborted();
      this.#isLoggedIn = false;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new GoldsmithError('guest-unreachable', `The guest does not answer over WinRM: ${reason}.`, { cause });
    }
  }

  #request(body: string, authorization: string | undefined, signal: AbortSignal): Promise<HttpAnswer> {
    const { request } = this.login.useSsl ? https : http;
    const headers = {
      'Content-Type': SOAP,
      'Content-Length': Buffer.byteLength(body),
      'User-Agent': 'goldsmith',
      ...(authorization === undefined ? {} : { Authorization: authorization }),
    };
    return new Promise((resolve, reject) => {
      const call = request(this.url, { method: 'POST', agent: this.#agent, headers, signal }, response => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          bytes += chunk.length;
          if (bytes > LARGEST_ANSWER) call.destroy(new Error('the answer is too large'));
        });
        response.once('error', reject);
        response.once('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            text: Buffer.concat(chunks).toString('utf8'),
            headers: response.headers,
          }),
        );
      });
      call.once('error', reject);
      call.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
