import net from 'node:net';
import type { Duplex } from 'node:stream';
import { Client, type ConnectConfig } from 'ssh2';
import { type HostKeys, strictVerifier } from './host-key.ts';
import { plainLine } from './lines.ts';
import { type Route, RouteError } from './route/route.ts';

/** Whom to log in to, and as whom. */
export interface Login {
  host: string;
  port: number;
  user: string;
  privateKey?: string;
  password?: string;
  /** Socket of an SSH agent: its keys are tried first. */
  agent?: string;
  /** Answers what the server asks, in place of the password. */
  answer?: (prompts: { prompt: string; echo: boolean }[]) => Promise<string[]>;
  hostKeys: HostKeys;
  /** How to get there, where it is not straight. */
  route?: Route;
}

/** With what somebody tries to log in, for people. */
export const meansOf = ({ agent, privateKey, password, answer }: Omit<Login, 'hostKeys'>): string =>
  [
    agent !== undefined && 'the keys of the SSH agent',
    privateKey && 'a key',
    password !== undefined && 'a password',
    answer && 'the answers given',
  ]
    .filter(Boolean)
    .join(' and ') || 'nothing';

/** How one attempt ended. Everything but `ready` can change with time, but for a wrong host key. */
export type AttemptEnd =
  | 'ready'
  /** Nothing listens on the port. */
  | 'refused'
  /** The bastion or proxy that leads to it is not reached. */
  | 'no-way'
  /** The connection stands and nobody speaks: QEMU's user network took it, the guest is not there yet. */
  | 'silent'
  /** Closed before the server named itself: nobody listens in the guest, or OpenSSH penalises us. */
  | 'dropped'
  /** The server said that it does not want us now (OpenSSH's PerSourcePenalties or MaxStartups). */
  | 'penalised'
  /** The server named itself and went away before the login was decided. */
  | 'lost'
  /** No common algorithm, or not SSH at all. */
  | 'incompatible'
  | 'wrong-host-key'
  | 'auth-failed';

export interface Attempt {
  end: AttemptEnd;
  /** The cause in the words of the network or the server. */
  reason: string;
  client?: Client;
}

export interface AttemptLimits {
  /** How long the server may take to name itself. */
  bannerMs: number;
  /** How long the whole login may take once it has: leaving earlier is what OpenSSH penalises. */
  loginMs: number;
}

export const ATTEMPT_LIMITS: AttemptLimits = { bannerMs: 10_000, loginMs: 90_000 };

/** A connection through another host is closed only when that host has said so. */
const CLOSE_MS = 2000;

/** A guest that says nothing for 10 s is asked; after 12 unanswered questions the connection counts as lost. */
const KEEPALIVE = { keepaliveInterval: 10_000, keepaliveCountMax: 12 };

/**
 * One full, authenticated login attempt: never a mere look whether the port is open, which OpenSSH penalises.
 * Resolves when it is over and its socket is closed, unless it is `ready`. Rejects with the reason of `signal`.
 */
export async function attemptLogin(login: Login, limits: AttemptLimits, signal: AbortSignal): Promise<Attempt> {
  signal.throwIfAborted();
  const socket = await transport(login, signal);
  if (socket instanceof RouteError) return { end: socket.end, reason: socket.message };
  const client = new Client();
  const closed = new Promise<void>(resolve => socket.once('close', () => resolve()));
  const attempt = await settle(client, socket, login, limits, signal);
  if (attempt.client) return attempt;
  client.destroy();
  socket.destroy();
  await Promise.race([closed, new Promise(resolve => setTimeout(resolve, CLOSE_MS).unref())]);
  signal.throwIfAborted();
  return attempt;
}

function transport({ host, port, route }: Login, signal: AbortSignal): Promise<Duplex | RouteError> {
  if (!route) return Promise.resolve(net.connect({ host, port }));
  return route.open(host, port, signal).catch((error: unknown) => {
    if (error instanceof RouteError) return error;
    throw error;
  });
}

function settle(
  client: Client,
  socket: Duplex,
  login: Login,
  limits: AttemptLimits,
  signal: AbortSignal,
): Promise<Attempt> {
  return new Promise(resolve => {
    const heard = firstWords(socket);
    const timers: NodeJS.Timeout[] = [];
    const finish = (attempt: Attempt): void => {
      for (const timer of timers) clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      resolve(attempt);
    };
    const onAbort = (): void => finish({ end: 'lost', reason: 'cancelled' });
    const fail = (error: Error & { level?: string; code?: string }): void =>
      finish(classify(error, heard(), login.hostKeys));
    const giveUp = (reason: string): void => fail(Object.assign(new Error(reason), { level: 'client-timeout' }));
    signal.addEventListener('abort', onAbort, { once: true });
    timers.push(
      setTimeout(() => {
        if (heard() === '') giveUp(`nothing was heard for ${limits.bannerMs / 1000} s`);
      }, limits.bannerMs),
      setTimeout(() => giveUp(`the login took longer than ${limits.loginMs / 1000} s`), limits.loginMs),
    );
    answerPrompts(client, login);
    // Stays for good: an 'error' event that nobody listens to would end the process.
    client.on('error', fail);
    client.once('close', () => fail(new Error('the connection was closed')));
    client.once('ready', () => finish({ end: 'ready', reason: '', client }));
    client.connect(config(login, socket));
  });
}

/** No forwarding, no file of the user's: only what this login was given. */
function config(login: Login, socket: Duplex): ConnectConfig {
  const algorithms = login.hostKeys.algorithms();
  const canAnswer = login.password !== undefined || login.answer !== undefined;
  return {
    // ssh2 says Readable and means a Duplex.
    sock: socket,
    username: login.user,
    readyTimeout: 0,
    ...KEEPALIVE,
    agentForward: false,
    hostVerifier: strictVerifier(key => login.hostKeys.accepts(key)),
    authHandler: [
      ...(login.agent === undefined ? [] : (['agent'] as const)),
      ...(login.privateKey === undefined ? [] : (['publickey'] as const)),
      ...(login.password === undefined ? [] : (['password'] as const)),
      ...(canAnswer ? (['keyboard-interactive'] as const) : []),
      // A person may mistype.
      ...(login.answer ? (['keyboard-interactive', 'keyboard-interactive'] as const) : []),
    ],
    ...(login.agent === undefined ? {} : { agent: login.agent }),
    ...(login.privateKey === undefined ? {} : { privateKey: login.privateKey }),
    ...(login.password === undefined ? {} : { password: login.password }),
    ...(canAnswer ? { tryKeyboard: true } : {}),
    ...(algorithms ? { algorithms: { serverHostKey: algorithms as never } } : {}),
  };
}

/** Servers that ask for the password as a question (PAM) get the same password, unless a person is to answer. */
function answerPrompts(client: Client, login: Login): void {
  client.on('keyboard-interactive', (_name, _instructions, _language, prompts, answer) => {
    if (!login.answer) return answer(prompts.map(() => login.password ?? ''));
    const asked = prompts.map(({ prompt, echo }) => ({ prompt, echo: echo ?? false }));
    login.answer(asked).then(answer, error => client.emit('error', error));
  });
}

/**
 * The first bytes the server sends. ssh2 hands out what stands before the server's name only once the name has come,
 * and a server that turns us away sends no name. Must be called before ssh2 gets the socket.
 */
function firstWords(socket: Duplex): () => string {
  let words = '';
  socket.on('data', (chunk: Buffer) => {
    if (words.length < 256) words += chunk.toString('latin1');
  });
  return () => words;
}

/** What OpenSSH writes instead of its name when it turns a source away (sshd.c, 8.x to 10). */
const TURNED_AWAY = /^(Exceeded MaxStartups|Not allowed at this time)/;

function classify(error: Error & { level?: string; code?: string }, heard: string, hostKeys: HostKeys): Attempt {
  const reason = error.message;
  if (hostKeys.refused !== undefined) return { end: 'wrong-host-key', reason: hostKeys.refused };
  if (error.level === 'client-authentication' || error.level === 'agent') return { end: 'auth-failed', reason };
  if (error.code === 'ECONNREFUSED') return { end: 'refused', reason };
  if (TURNED_AWAY.test(heard)) return { end: 'penalised', reason: plainLine(heard.trim()) };
  if (heard === '') return { end: error.level === 'client-timeout' ? 'silent' : 'dropped', reason };
  if (!heard.includes('SSH-') || error.level === 'handshake' || error.level === 'protocol')
    return { end: 'incompatible', reason };
  return { end: 'lost', reason };
}
