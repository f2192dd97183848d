import { chmod, stat } from 'node:fs/promises';
import type { Scope } from '../build/scope.ts';
import type { Login } from './attempt.ts';
import type { Carrier } from './carrier.ts';
import { runCommand } from './channel.ts';
import { Connection } from './connection.ts';
import type {
  ExecOptions,
  ExecResult,
  Guest,
  GuestAddress,
  ReconnectOptions,
  TransferOptions,
  WayIn,
} from './guest.ts';
import { logIn } from './login.ts';
import { pause, untilAborted } from './pause.ts';
import { openEntrance } from './route/entrance.ts';
import type { Tunnels } from './route/tunnels.ts';
import { shellQuote } from './shell-quote.ts';
import { openCarrier } from './transfer.ts';

/** One boot has one id: Linux's own, or the time of boot where a BSD tells it. Login shells may be no POSIX shells. */
const BOOT_ID = "sh -c 'cat /proc/sys/kernel/random/boot_id 2>/dev/null || sysctl -n kern.boottime 2>/dev/null'";
/** Succeeds while the system is going down (systemd says `stopping`; elsewhere a shutdown program runs). */
const IS_GOING_DOWN = `sh -c ${shellQuote(
  'case "$(systemctl is-system-running 2>/dev/null)" in stopping) exit 0;; esac; ' +
    'ps -A -o comm= 2>/dev/null | grep -Eqx "(shutdown|reboot|poweroff|halt|openrc-shutdown)"',
)}`;

const ANSWER_MS = 20_000;
const SETTLE_MS = 2000;
/** A machine's end is known to its driver this much later than to its connections. */
const MACHINE_GONE_MS = 500;

interface How {
  alive: AbortSignal;
  usesPty: boolean;
  tunnels: Tunnels | undefined;
}

/** A guest over SSH. The connection under it may be lost and made again; see `Guest`. */
export class SshGuest implements Guest {
  #connection: Connection;
  #bootId: string | undefined;

  private constructor(
    readonly scope: Scope,
    connection: Connection,
    readonly login: Login,
    readonly how: How,
  ) {
    this.#connection = connection;
    how.alive.addEventListener('abort', () => this.drop(), { once: true });
  }

  static async over(scope: Scope, connection: Connection, login: Login, how: How): Promise<SshGuest> {
    const guest = new SshGuest(scope, connection, login, how);
    guest.#bootId = await guest.#readBootId();
    return guest;
  }

  get address(): GuestAddress {
    const { hostKeys, route, ...login } = this.login;
    return { ...login, host: route?.found ?? login.host, hostKeys: hostKeys.lines() };
  }

  async wayIn(): Promise<WayIn> {
    const { route, host, port } = this.login;
    if (!route) return { address: this.address, close: async () => undefined };
    const entrance = await openEntrance(route, { host, port });
    return {
      address: { ...this.address, host: entrance.host, port: entrance.port },
      close: () => entrance.close(),
    };
  }

  get usesPty(): boolean {
    return this.how.usesPty;
  }

  get isConnected(): boolean {
    return !this.#connection.isClosed;
  }

  exec(command: string, options: ExecOptions = {}): Promise<ExecResult> {
    const signal = options.signal ?? this.scope.signal;
    return runCommand(this.#connection, command, { ...options, signal });
  }

  async upload(local: string, remote: string, options: TransferOptions = {}): Promise<void> {
    const info = await stat(local);
    const mode = options.mode ?? info.mode & 0o777;
    // ssh2's fastPut takes an empty file for an unfinished one.
    const source = info.size === 0 ? Buffer.alloc(0) : local;
    await this.#carry(options, carrier => carrier.writeFile(source, remote, mode));
  }

  async uploadText(text: string | Buffer, remote: string, options: TransferOptions = {}): Promise<void> {
    await this.#carry(options, carrier => carrier.writeFile(Buffer.from(text), remote, options.mode ?? 0o644));
  }

  async download(remote: string, local: string, options: TransferOptions = {}): Promise<void> {
    await this.#carry(options, carrier => carrier.readFile(remote, local));
    if (options.mode !== undefined) await chmod(local, options.mode);
  }

  async uploadDir(local: string, remote: string, options: TransferOptions = {}): Promise<void> {
    await this.#carry(options, carrier => carrier.writeDir(local, remote));
  }

  async downloadDir(remote: string, local: string, options: TransferOptions = {}): Promise<void> {
    await this.#carry(options, carrier => carrier.readDir(remote, local));
  }

  async #carry(options: TransferOptions, work: (carrier: Carrier) => Promise<void>): Promise<void> {
    const carrier = await openCarrier(this.#connection, options.signal ?? this.scope.signal);
    try {
      await work(carrier);
    } finally {
      carrier.close();
    }
  }

  async reconnect(options: ReconnectOptions): Promise<{ rebooted: boolean | undefined }> {
    const signal = AbortSignal.any([this.how.alive, options.signal].filter(one => one !== undefined));
    const deadline = performance.now() + options.timeoutMs;
    const before = this.#bootId;
    for (;;) {
      this.drop();
      await this.#logIn(Math.max(1000, deadline - performance.now()), signal);
      const now = await this.#readBootId();
      if (now !== undefined) this.#bootId = now;
      if (now !== undefined && before !== undefined && now !== before) return { rebooted: true };
      if (this.isConnected && !(await this.#goesDown(options, signal))) {
        return { rebooted: now === undefined ? undefined : false };
      }
    }
  }

  async afterRestart(options: ReconnectOptions): Promise<{ rebooted: boolean | undefined }> {
    const signal = options.signal ?? this.how.alive;
    const restart = { ...options, expectReboot: true };
    if (this.isConnected && !(await this.#goesDown(restart, signal))) return { rebooted: false };
    return this.reconnect(restart);
  }

  async #logIn(timeoutMs: number, signal: AbortSignal): Promise<void> {
    const client = await logIn(this.scope, this.login, {
      timeoutMs,
      signal,
      quietMs: 0,
      authAttempts: 5,
      foreignHostKey: 'fail',
    });
    this.#connection = new Connection(client);
    await this.how.tunnels?.attach(client);
  }

  /** Whether this is still the system that was told to go: it says so, or drops us within two seconds. */
  async #goesDown(options: ReconnectOptions, signal: AbortSignal): Promise<boolean> {
    if (!options.expectReboot) return false;
    const answer = await this.exec(IS_GOING_DOWN, { signal, timeoutMs: ANSWER_MS });
    if (answer.disconnected) return true;
    const lost = await this.untilDisconnected(answer.exitCode === 0 ? options.timeoutMs : SETTLE_MS, signal);
    return lost || answer.exitCode === 0;
  }

  async untilDisconnected(timeoutMs: number, signal: AbortSignal = this.how.alive): Promise<boolean> {
    const timeout = new AbortController();
    const wait = pause(timeoutMs, timeout.signal).catch(() => undefined);
    await untilAborted(Promise.race([this.#connection.closed, wait]), signal).finally(() => timeout.abort());
    return this.#connection.isClosed;
  }

  async ensureConnected(options: ReconnectOptions): Promise<void> {
    this.how.alive.throwIfAborted();
    if (await this.#answers(options.signal)) return;
    await this.reconnect(options);
  }

  async #answers(signal: AbortSignal | undefined): Promise<boolean> {
    if (!this.isConnected) return false;
    try {
      const answer = await this.exec('exit 0', { timeoutMs: ANSWER_MS, ...(signal ? { signal } : {}) });
      return !answer.disconnected;
    } catch {
      (signal ?? this.scope.signal).throwIfAborted();
      return false;
    }
  }

  async #readBootId(): Promise<string | undefined> {
    const lines: string[] = [];
    const result = await this.exec(BOOT_ID, { timeoutMs: ANSWER_MS, onLine: line => lines.push(line) }).catch(() => {
      this.how.alive.throwIfAborted();
      return undefined;
    });
    const id = lines.join(' ').trim();
    return result?.exitCode === 0 && id !== '' ? id : undefined;
  }

  async checkMachine(): Promise<void> {
    await pause(MACHINE_GONE_MS, this.how.alive);
  }

  drop(): void {
    this.#connection.drop();
  }

  async close(): Promise<void> {
    this.how.tunnels?.close();
    await this.#connection.end();
    this.login.route?.close();
  }
}
