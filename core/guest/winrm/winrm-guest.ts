import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Scope } from '../../build/scope.ts';
import { GoldsmithError } from '../../model/failure.ts';
import type {
  ExecOptions,
  ExecResult,
  Guest,
  GuestAddress,
  ReconnectOptions,
  TransferOptions,
  WayIn,
} from '../guest.ts';
import { pause, untilAborted } from '../pause.ts';
import { LineReader } from './line-reader.ts';
import { BOOT_TIME_SCRIPT, listFilesScript, makeFolderScript, powershell, readFileScript } from './powershell.ts';
import { Shell } from './shell.ts';
import { Transport, type WinRmLogin } from './transport.ts';
import { CHUNK_BYTES, sendAll, writeFile } from './write-file.ts';

const RETRY_MS = 2000;
const ANSWER_MS = 60_000;
/** A machine's end is known to its driver this much later than to its connections. */
const MACHINE_GONE_MS = 500;

/** A Windows guest over WinRM: each command runs in a shell of its own, as cmd.exe would run it. */
export class WinRmGuest implements Guest {
  readonly usesPty = false;
  #transport: Transport;
  #isConnected = true;
  #bootTime: string | undefined;

  private constructor(
    readonly scope: Scope,
    readonly login: WinRmLogin,
    readonly alive: AbortSignal,
  ) {
    this.#transport = new Transport(login);
    alive.addEventListener('abort', () => this.drop(), { once: true });
  }

  /** Logs in; refused and unanswered attempts are repeated until `timeoutMs` is over. */
  static async connect(scope: Scope, login: WinRmLogin, alive: AbortSignal, timeoutMs: number): Promise<WinRmGuest> {
    const guest = new WinRmGuest(scope, login, alive);
    await guest.#logIn(timeoutMs, alive);
    guest.#bootTime = await guest.#readBootTime();
    return guest;
  }

  get address(): GuestAddress {
    const { host, port, user, password } = this.login;
    return { host, port, user, password, hostKeys: [] };
  }

  async wayIn(): Promise<WayIn> {
    return { address: this.address, close: async () => undefined };
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  async exec(command: string, options: ExecOptions = {}): Promise<ExecResult> {
    const limit = options.timeoutMs === undefined ? undefined : AbortSignal.timeout(options.timeoutMs);
    const outer = options.signal ?? this.scope.signal;
    const signal = AbortSignal.any([outer, this.alive, limit].filter(one => one !== undefined));
    let isStarted = false;
    try {
      return await this.#run(command, options, signal, () => {
        isStarted = true;
      });
    } catch (error) {
      outer.throwIfAborted();
      this.alive.throwIfAborted();
      if (limit?.aborted) throw tooLong(command, options.timeoutMs ?? 0);
      if (!(error instanceof GoldsmithError) || error.code !== 'guest-unreachable') throw error;
      this.#isConnected = false;
      return { disconnected: true, started: isStarted };
    }
  }

  async #run(command: string, options: ExecOptions, signal: AbortSignal, onStart: () => void): Promise<ExecResult> {
    const shell = await Shell.open(this.#transport, signal);
    try {
      const id = await shell.start(command, signal);
      onStart();
      if (options.stdin !== undefined) await sendAll(shell, id, Buffer.from(options.stdin), signal);
      const reader = new LineReader(options.onLine ?? (() => {}));
      for (;;) {
        const { output, exitCode } = await shell.receive(id, signal);
        for (const { stream, data } of output) reader.take(stream, data);
        if (exitCode === undefined) continue;
        reader.end();
        await shell.terminate(id, signal).catch(() => undefined); // it has ended; this only tidies up
        return { exitCode, disconnected: false, started: true };
      }
    } finally {
      // The shell goes with the guest where it cannot be deleted.
      await shell.delete(AbortSignal.timeout(ANSWER_MS)).catch(() => undefined);
    }
  }

  async upload(local: string, remote: string, options: TransferOptions = {}): Promise<void> {
    await this.#write(createReadStream(local, { highWaterMark: CHUNK_BYTES }), remote, options);
  }

  async uploadText(text: string | Buffer, remote: string, options: TransferOptions = {}): Promise<void> {
    await this.#write([Buffer.from(text)], remote, options);
  }

  #write(chunks: AsyncIterable<Buffer> | Buffer[], remote: string, options: TransferOptions): Promise<void> {
    const signal = AbortSignal.any([options.signal ?? this.scope.signal, this.alive]);
    return writeFile(this.#transport, chunks, remote, signal);
  }

  async download(remote: string, local: string, options: TransferOptions = {}): Promise<void> {
    await mkdir(path.dirname(local), { recursive: true });
    const received = new PassThrough();
    const written = pipeline(
      received,
      createWriteStream(local, options.mode === undefined ? {} : { mode: options.mode }),
    );
    written.catch(() => {}); // is told when the guest has said all
    const lines: string[] = [];
    const result = await this.exec(powershell(readFileScript(remote)), {
      ...(options.signal ? { signal: options.signal } : {}),
      onLine: (line, stream) => {
        if (stream === 'stdout') received.write(Buffer.from(line, 'base64'));
        else lines.push(line);
      },
    }).finally(() => received.end());
    await written;
    if (result.exitCode === 0) return;
    throw new GoldsmithError(
      'provision-failed',
      `${remote} cannot be read in the guest: ${lines.at(-1) ?? 'no reason'}`,
      {
        details: { lastLines: lines.slice(-20) },
      },
    );
  }

  async uploadDir(local: string, remote: string, options: TransferOptions = {}): Promise<void> {
    const entries = await readdir(local, { recursive: true, withFileTypes: true });
    await this.exec(powershell(makeFolderScript(remote)), options.signal ? { signal: options.signal } : {});
    for (const entry of entries.filter(one => one.isFile())) {
      const file = path.join(entry.parentPath, entry.name);
      const name = path.relative(local, file).split(path.sep).join('/');
      await this.upload(file, `${remote}/${name}`, options);
    }
  }

  async downloadDir(remote: string, local: string, options: TransferOptions = {}): Promise<void> {
    const names: string[] = [];
    const result = await this.exec(powershell(listFilesScript(remote)), {
      ...(options.signal ? { signal: options.signal } : {}),
      onLine: (line, stream) => {
        if (stream === 'stdout' && line !== '') names.push(line);
      },
    });
    if (result.exitCode !== 0) throw new GoldsmithError('provision-failed', `${remote} cannot be listed in the guest.`);
    await mkdir(local, { recursive: true });
    for (const name of names.filter(isBelow)) await this.download(`${remote}/${name}`, path.join(local, name), options);
  }

  async reconnect(options: ReconnectOptions): Promise<{ rebooted: boolean | undefined }> {
    const signal = AbortSignal.any([this.alive, options.signal].filter(one => one !== undefined));
    const deadline = performance.now() + options.timeoutMs;
    const before = this.#bootTime;
    for (;;) {
      await this.#logIn(Math.max(1000, deadline - performance.now()), signal);
      const now = await this.#readBootTime();
      if (now !== undefined) this.#bootTime = now;
      const isOther = now !== undefined && before !== undefined && now !== before;
      if (isOther) return { rebooted: true };
      if (!options.expectReboot || performance.now() > deadline)
        return { rebooted: now === undefined ? undefined : false };
      await pause(RETRY_MS, signal);
    }
  }

  /** Windows answers for a while after it was told to restart: only another boot time says that it has. */
  afterRestart(options: ReconnectOptions): Promise<{ rebooted: boolean | undefined }> {
    return this.reconnect({ ...options, expectReboot: true });
  }

  async #logIn(timeoutMs: number, signal: AbortSignal): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
      const failure = await this.#tryOnce(limit).catch((error: unknown) => error);
      signal.throwIfAborted();
      if (failure === undefined) return;
      this.#transport.close();
      this.#transport = new Transport(this.login);
      if (performance.now() + RETRY_MS > deadline) throw gaveUp(failure, timeoutMs);
      await pause(RETRY_MS, signal);
    }
  }

  async #tryOnce(signal: AbortSignal): Promise<undefined> {
    const shell = await Shell.open(this.#transport, signal);
    await shell.delete(signal).catch(() => undefined);
    this.#isConnected = true;
    return undefined;
  }

  async #readBootTime(): Promise<string | undefined> {
    const lines: string[] = [];
    const onLine = (line: string, stream: string): void => void (stream === 'stdout' && lines.push(line));
    const result = await this.exec(powershell(BOOT_TIME_SCRIPT), { timeoutMs: ANSWER_MS, onLine }).catch(
      () => undefined,
    );
    return result?.exitCode === 0 ? lines.join('').trim() || undefined : undefined;
  }

  async untilDisconnected(timeoutMs: number, signal: AbortSignal = this.alive): Promise<boolean> {
    const deadline = performance.now() + timeoutMs;
    while (performance.now() < deadline) {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
      const isGone = await this.#tryOnce(limit).then(
        () => false,
        () => true,
      );
      signal.throwIfAborted();
      if (isGone) {
        this.#isConnected = false;
        return true;
      }
      await untilAborted(pause(Math.min(RETRY_MS, timeoutMs), signal), signal);
    }
    return false;
  }

  async ensureConnected(options: ReconnectOptions): Promise<void> {
    this.alive.throwIfAborted();
    if (this.#isConnected) return;
    await this.reconnect(options);
  }

  async checkMachine(): Promise<void> {
    await pause(MACHINE_GONE_MS, this.alive);
  }

  drop(): void {
    this.#isConnected = false;
    this.#transport.close();
  }

  async close(): Promise<void> {
    this.drop();
  }
}

/** Names come from the guest, which is not trusted: never above the folder they are written into. */
const isBelow = (name: string): boolean =>
  !path.isAbsolute(name) && !name.split('/').includes('..') && !name.includes(':');

const tooLong = (command: string, timeoutMs: number): GoldsmithError =>
  new GoldsmithError('timed-out', `A command in the guest took longer than ${timeoutMs / 1000} s.`, {
    details: { command },
  });

function gaveUp(failure: unknown, timeoutMs: number): GoldsmithError {
  if (!(failure instanceof GoldsmithError))
    return new GoldsmithError(
      'guest-unreachable',
      `The guest did not answer over WinRM within ${timeoutMs / 1000} s.`,
      {
        cause: failure,
      },
    );
  const message = `No login over WinRM within ${Math.round(timeoutMs / 1000)} s: ${failure.message}`;
  return new GoldsmithError(failure.code, message, { hint: failure.hint, details: failure.details, cause: failure });
}
