import type { Client } from 'ssh2';
import type { Scope } from '../build/scope.ts';
import { GoldsmithError } from '../model/failure.ts';
import { ATTEMPT_LIMITS, type Attempt, type AttemptEnd, attemptLogin, type Login, meansOf } from './attempt.ts';
import { pause, untilAborted } from './pause.ts';

export interface Patience {
  /** From now until the guest must have let us in. */
  timeoutMs: number;
  signal: AbortSignal;
  /** Resolves when something was heard of the guest: worth an attempt at once. */
  signOfLife?: Promise<unknown> | undefined;
  /** Without a sign the first attempt is made after this time. */
  quietMs: number;
  /** How often the guest may refuse the login before it is a failure. */
  authAttempts: number;
  /** Whether another host key may be that of the installer's own SSH server, which goes away. No secret is sent to it. */
  foreignHostKey: 'fail' | 'wait';
}

/**
 * Seconds to wait after the nth attempt in a row that ended so (the last figure repeats). OpenSSH from 9.8 on penalises
 * a source that connects and leaves, or fails to log in, for 15 s at the least (PerSourcePenalties), and through user
 * networking every connection has the same source. Being turned away costs nothing further.
 */
const PAUSES_S: Record<Exclude<AttemptEnd, 'ready'>, number[]> = {
  refused: [0.5, 1, 2],
  'no-way': [1, 2, 5],
  silent: [0.2],
  dropped: [0.5, 1, 2, 4],
  penalised: [5],
  lost: [1, 2, 4, 8, 15],
  incompatible: [2, 4, 8, 15],
  'wrong-host-key': [2, 5],
  'auth-failed': [2, 4, 8, 15],
};

const MEANING: Record<Exclude<AttemptEnd, 'ready'>, string> = {
  refused: 'nothing listens on the port',
  'no-way': 'what leads to the guest is not reached',
  silent: 'the connection stands but nobody answers: the guest has no address yet, or its SSH server hangs',
  dropped: 'the connection is closed at once: no SSH server runs in the guest yet',
  penalised: 'the SSH server turns us away for a while',
  lost: 'the SSH server goes away before the login is decided',
  incompatible: 'no common SSH algorithm',
  'wrong-host-key': 'the SSH server shows another host key than the one of this build',
  'auth-failed': 'the login is refused',
};

/**
 * Tries until the guest lets us in: one attempt at a time, the next only after the last has ended.
 * @throws GoldsmithError `guest-unreachable`, `guest-auth`, `host-key-changed`; the reason of `signal`
 */
export async function logIn(scope: Pick<Scope, 'emit'>, login: Login, patience: Patience): Promise<Client> {
  const deadline = performance.now() + patience.timeoutMs;
  const left = (): number => Math.max(0, deadline - performance.now());
  await firstSign(patience, left());
  const tries = new Tries(scope, login, patience);
  for (;;) {
    const limit = AbortSignal.timeout(Math.ceil(left()));
    const attempt = await tries.once(AbortSignal.any([patience.signal, limit])).catch((error: unknown) => {
      patience.signal.throwIfAborted();
      if (limit.aborted) return undefined;
      throw error;
    });
    if (attempt?.client) return attempt.client;
    if (!attempt || left() < tries.pauseMs) throw tries.unreachable();
    await pause(tries.pauseMs, patience.signal);
  }
}

/** A connection opened before the guest is there hangs; so the first attempt waits for a sign, but not for ever. */
async function firstSign(patience: Patience, leftMs: number): Promise<void> {
  if (!patience.signOfLife) return;
  const sign = patience.signOfLife.then(
    () => undefined,
    () => undefined,
  );
  const quiet = new AbortController();
  const signal = AbortSignal.any([patience.signal, quiet.signal]);
  const delay = pause(Math.min(patience.quietMs, leftMs), signal).catch(() => patience.signal.throwIfAborted());
  await untilAborted(Promise.race([sign, delay]), patience.signal);
  quiet.abort();
}

/** Counts what the attempts of one wait came to. */
class Tries {
  #count = 0;
  #inARow = 0;
  #refusals = 0;
  #last: Attempt = { end: 'silent', reason: 'no attempt was made' };

  constructor(
    readonly scope: Pick<Scope, 'emit'>,
    readonly login: Login,
    readonly patience: Patience,
  ) {}

  async once(signal: AbortSignal): Promise<Attempt> {
    this.login.hostKeys.refused = undefined;
    const attempt = await attemptLogin(this.login, ATTEMPT_LIMITS, signal);
    this.#inARow = attempt.end === this.#last.end ? this.#inARow + 1 : 0;
    this.#count += 1;
    if (attempt.end === 'auth-failed') this.#refusals += 1;
    if (attempt.end !== 'ready' && (this.#inARow === 0 || this.#count === 1)) this.#tell(attempt);
    this.#last = attempt;
    this.#judge(attempt);
    return attempt;
  }

  get pauseMs(): number {
    if (this.#last.end === 'ready') return 0;
    const pauses = PAUSES_S[this.#last.end];
    return (pauses[Math.min(this.#inARow, pauses.length - 1)] ?? 0) * 1000;
  }

  #tell(attempt: Attempt): void {
    if (attempt.end === 'ready') return;
    this.scope.emit({ type: 'note', message: `Waiting for SSH: ${MEANING[attempt.end]} (${attempt.reason}).` });
  }

  /** What no further attempt can mend. */
  #judge(attempt: Attempt): void {
    if (attempt.end === 'auth-failed' && this.#refusals >= this.patience.authAttempts) throw this.#refused();
    if (attempt.end === 'wrong-host-key' && this.patience.foreignHostKey === 'fail') throw this.#foreign();
  }

  #refused(): GoldsmithError {
    const { login } = this;
    return new GoldsmithError('guest-auth', `The guest refused the login as ${login.user} with ${meansOf(login)}.`, {
      hint: `The answers must create the user ${login.user} with ${
        login.privateKey
          ? "this build's public key in authorized_keys"
          : 'exactly this password, and allow passwords in sshd_config'
      }. Look at the guest's console.`,
      details: { attempts: this.#refusals, host: login.host, port: login.port, user: login.user },
    });
  }

  #foreign(): GoldsmithError {
    const { hostKeys, host, port } = this.login;
    return new GoldsmithError(
      'host-key-changed',
      `The SSH server on ${host}:${port} shows the host key ${hostKeys.refused}, which is not the one of this guest.`,
      {
        hint: 'Nothing was sent to it. Either another machine answers on this port, or the guest made itself new host keys during the build.',
        details: { shown: hostKeys.refused, pinned: hostKeys.lines() },
      },
    );
  }

  /** The wait is over without a login. */
  unreachable(): GoldsmithError {
    const { end, reason } = this.#last;
    if (end === 'wrong-host-key') return this.#foreign();
    if (end === 'auth-failed') return this.#refused();
    const minutes = Math.round(this.patience.timeoutMs / 6000) / 10;
    const what = end === 'ready' ? '' : MEANING[end];
    return new GoldsmithError(
      'guest-unreachable',
      `The guest did not let us in over SSH within ${minutes} min: ${what}${end === 'no-way' ? ` (${reason})` : ''}.`,
      {
        hint: 'Look at its screen or serial console: it may still be installing, have no network, or run no SSH server. `ssh_timeout` sets the limit.',
        details: { attempts: this.#count, host: this.login.host, port: this.login.port, lastReason: reason },
      },
    );
  }
}
