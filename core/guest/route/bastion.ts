import type { Duplex } from 'node:stream';
import type { Client, ClientChannel } from 'ssh2';
import { GoldsmithError } from '../../model/failure.ts';
import { ATTEMPT_LIMITS, type Attempt, attemptLogin, type Login, meansOf } from '../attempt.ts';
import { untilAborted } from '../pause.ts';
import { knownHostName } from './known-hosts.ts';
import { type Route, RouteError } from './route.ts';

/** A person has to find the answer first; servers wait two minutes. */
const ANSWER_LIMITS = { ...ATTEMPT_LIMITS, loginMs: 300_000 };
/** What a server says when it may not forward (RFC 4254, 5.1). */
const PROHIBITED = 1;
/** As long as a guest may take to name itself: a packet that nobody answers takes minutes to fail. */
const CONNECT_MS = ATTEMPT_LIMITS.bannerMs;

/**
 * Through a host that is logged in to first. One login serves all connections, and is made again when it is lost:
 * waiting for an installation would otherwise log in hundreds of times, and ask a person each time.
 */
export class BastionRoute implements Route {
  #login: Promise<Client> | undefined;
  readonly #ended = new AbortController();

  /** @param onLogin is called once for each login */
  constructor(
    readonly bastion: Login,
    readonly onLogin: () => void = () => undefined,
  ) {}

  async open(host: string, port: number, signal: AbortSignal): Promise<Duplex> {
    this.#login ??= this.#logIn();
    const client = await untilAborted(this.#login, signal);
    return untilAborted(this.#forward(client, host, port), signal);
  }

  close(): void {
    this.#ended.abort();
    void this.#login?.then(
      client => client.destroy(),
      () => undefined,
    );
    this.#login = undefined;
  }

  #logIn(): Promise<Client> {
    const limits = this.bastion.answer ? ANSWER_LIMITS : ATTEMPT_LIMITS;
    const login = attemptLogin(this.bastion, limits, this.#ended.signal).then(attempt => {
      if (!attempt.client) throw this.#failure(attempt);
      attempt.client.once('close', forget);
      this.onLogin();
      return attempt.client;
    });
    const forget = (): void => {
      if (this.#login === login) this.#login = undefined;
    };
    login.catch(forget);
    return login;
  }

  /** A bastion is no guest that is still being installed: what it refuses once it refuses always. */
  #failure({ end, reason }: Attempt): Error {
    const { host, port, user } = this.bastion;
    const name = `${host}:${port}`;
    if (end === 'auth-failed') {
      return new GoldsmithError(
        'guest-auth',
        `The bastion ${name} refused the login as ${user} with ${meansOf(this.bastion)}.`,
        { hint: 'See ssh_bastion_username, ssh_bastion_password, ssh_bastion_private_key_file.' },
      );
    }
    if (end === 'wrong-host-key') {
      return new GoldsmithError(
        'host-key-changed',
        `The bastion ${name} shows the host key ${reason}, which is not the one in known_hosts.`,
        {
          hint: `Nothing was sent to it. If it has a new key: ssh-keygen -R '${knownHostName(host, port)}'`,
        },
      );
    }
    return new RouteError('no-way', `bastion ${name}: ${reason}`);
  }

  #forward(client: Client, host: string, port: number): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        reject(new RouteError('silent', `nothing was heard for ${CONNECT_MS / 1000} s`));
      }, CONNECT_MS);
      const answer = (error: (Error & { reason?: unknown }) | undefined, channel?: ClientChannel): void => {
        clearTimeout(timer);
        client.off('close', onLost);
        if (isLate) channel?.destroy();
        else if (channel) resolve(endingBothWays(channel));
        else reject(this.#refusal(error));
      };
      const onLost = (): void => answer(new Error('the connection to the bastion was lost'));
      client.once('close', onLost);
      try {
        client.forwardOut('127.0.0.1', 0, host, port, answer);
      } catch (error) {
        // ssh2 throws when its socket can no longer be written to.
        answer(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  #refusal(error: (Error & { reason?: unknown }) | undefined): Error {
    const name = `${this.bastion.host}:${this.bastion.port}`;
    const reason = error?.message ?? 'no reason';
    if (error?.reason === PROHIBITED) {
      return new GoldsmithError('guest-unreachable', `The bastion ${name} forwards no connections: ${reason}`, {
        hint: 'Its sshd_config must allow it (AllowTcpForwarding, PermitOpen).',
      });
    }
    return new RouteError(error?.reason === undefined ? 'no-way' : 'refused', `bastion ${name}: ${reason}`);
  }
}

/** As a socket: when the guest has said its last word, nothing more is said to it. A bastion keeps a half open for ever. */
const endingBothWays = (channel: ClientChannel): Duplex => channel.once('end', () => channel.end());
