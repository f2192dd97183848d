import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../../exec.ts';
import { GoldsmithError } from '../../model/failure.ts';
import { sshProgram } from './ssh-program.ts';
import type { SshTarget } from './uri.ts';

/** A host that was gone is tried again for so long, as its libvirt is. */
const RETRY_FOR_MS = 30_000;
const RETRY_EVERY_MS = 500;
const OPEN_TIMEOUT_MS = 60_000;
const ORDER_TIMEOUT_MS = 30_000;
/** ssh notices a host that is gone after three times this. */
const ALIVE_EVERY_S = 5;
const LAST_WORDS_CHARS = 500;
const HINT = 'Look whether ssh to that host works without a question.';

/**
 * One SSH connection to a libvirt's host, by OpenSSH, so that a person's own configuration, agent and jump hosts
 * count as they do for libvirt. All that goes through it shares it (ControlMaster). Its remote end is a `cat` that
 * ends with us, however we do: nothing is left on either side.
 */
export class Tunnel {
  readonly #control = path.join(
    process.env['XDG_RUNTIME_DIR'] ?? tmpdir(),
    `goldsmith-${randomBytes(6).toString('hex')}`,
  );
  /** Reverse forwards as ssh takes them, to be asked for again when the connection was lost. */
  readonly #carried: string[] = [];
  readonly #args: string[];
  #master: ChildProcess | undefined;
  #ready: Promise<void>;
  #isClosed = false;

  private constructor(readonly target: SshTarget) {
    const options = {
      BatchMode: 'yes',
      ServerAliveInterval: `${ALIVE_EVERY_S}`,
      ControlPath: this.#control,
      ControlPersist: 'no',
    };
    this.#args = [...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]), ...target.args];
    this.#ready = this.#start();
    this.#ready.catch(() => {});
  }

  /** @throws GoldsmithError `host-lacks` with ssh's last words */
  static async open(target: SshTarget): Promise<Tunnel> {
    const tunnel = new Tunnel(target);
    await tunnel.#ready;
    return tunnel;
  }

  /** A stream to an address as that host sees it. What cannot be reached ends at once. */
  async dial(host: string, port: number): Promise<Duplex> {
    return this.#stream(['-W', `${host.includes(':') ? `[${host}]` : host}:${port}`, this.target.host]);
  }

  /** A command there: its input and output as a stream, which ends with it. */
  open(command: string): Promise<Duplex> {
    return this.#stream(['-T', this.target.host, command]);
  }

  async #stream(args: string[]): Promise<Duplex> {
    await this.#ready;
    const child = this.#ssh(args);
    const stream = Duplex.from({ readable: child.stdout, writable: child.stdin });
    stream.on('close', () => child.kill());
    child.once('close', () => stream.destroy());
    child.stderr?.resume(); // that it cannot be reached is told by its end
    return stream;
  }

  /**
   * Lets that host reach a port of our loopback at an address of its own.
   * @param wanted the port there; 0: any
   * @returns the port there
   * @throws GoldsmithError `busy` when the wanted one is taken, `host-lacks` when its sshd forbids it, or keeps such
   *   ports to its loopback
   */
  async carry(address: string, port: number, wanted = 0): Promise<number> {
    await this.#ready;
    const asked = await this.#forward(`${address}:${wanted}:127.0.0.1:${port}`).catch(cause => {
      if (wanted === 0) throw cause;
      throw new GoldsmithError('busy', `Somebody else listens on port ${wanted} of ${this.target.host} now.`, {
        cause,
      });
    });
    const there = wanted || Number(asked);
    await this.#requireBound(address, there);
    this.#carried.push(`${address}:${there}:127.0.0.1:${port}`);
    return there;
  }

  /** What a shell there says to a command. */
  async ask(command: string): Promise<string> {
    await this.#ready;
    return (await this.#order([this.target.host, command])).trim();
  }

  /** Safe to call twice. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const master = this.#master;
    if (!master || master.exitCode !== null || master.signalCode !== null) return;
    const gone = new Promise(resolve => master.once('exit', resolve));
    master.ref();
    master.kill();
    await gone;
  }

  async #forward(forward: string): Promise<string> {
    try {
      return await this.#order(['-O', 'forward', '-R', forward, this.target.host]);
    } catch (cause) {
      throw new GoldsmithError('host-lacks', `The sshd of ${this.target.host} does not lead guests to us.`, {
        hint: 'Allow reverse forwards in its sshd_config: AllowTcpForwarding yes.',
        cause,
      });
    }
  }

  /** An sshd without GatewayPorts takes another address for its loopback, and says nothing. */
  async #requireBound(address: string, port: number): Promise<void> {
    if (address === '127.0.0.1') return;
    const isThere = await this.#order(['-W', `${address}:${port}`, this.target.host]).then(
      () => true,
      () => false,
    );
    if (isThere) return;
    throw new GoldsmithError(
      'host-lacks',
      `The sshd of ${this.target.host} does not let guests reach us at ${address}.`,
      {
        hint: 'Set GatewayPorts clientspecified in its sshd_config, or build without libvirt.network.',
      },
    );
  }

  async #order(args: string[]): Promise<string> {
    const { stdout } = await run(this.target.command, [...this.#args, ...args], {
      inheritEnv: true,
      timeoutMs: ORDER_TIMEOUT_MS,
    });
    return stdout;
  }

  #ssh(
    args: string[],
    program = this.target.command,
  ): ChildProcess & { stdin: NonNullable<ChildProcess['stdin']>; stdout: NonNullable<ChildProcess['stdout']> } {
    const child = spawn(program, [...this.#args, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdin.on('error', () => {}); // the exit says why
    child.once('error', () => {}); // no ssh: the end of its streams is told
    return child;
  }

  /** Starts the connection that the others share; done when its remote end answers. */
  async #start(): Promise<void> {
    const master = this.#ssh(['-M', '-T', this.target.host, 'cat'], await sshProgram(this.target.command));
    this.#master = master;
    let lastWords = '';
    master.stderr?.setEncoding('utf8').on('data', (text: string) => {
      lastWords = (lastWords + text).slice(-LAST_WORDS_CHARS);
    });
    master.stdin.write('ready\n');
    const isReady = await Promise.race([
      new Promise<boolean>(resolve => master.stdout.once('data', () => resolve(true))),
      new Promise<boolean>(resolve => master.once('close', () => resolve(false))),
      sleep(OPEN_TIMEOUT_MS, false, { ref: false }),
    ]);
    if (!isReady) {
      master.kill();
      const reason = lastWords.trim().split('\n').at(-1) || 'it does not answer';
      throw this.#unreachable(reason);
    }
    // The machines are waited for, not the way to them.
    for (const one of [master, master.stdin, master.stdout, master.stderr]) (one as { unref?(): void }).unref?.();
    master.once('exit', () => this.#lost());
  }

  #unreachable(reason: string): GoldsmithError {
    return new GoldsmithError('host-lacks', `No SSH connection to ${this.target.host}: ${reason}`, { hint: HINT });
  }

  #lost(): void {
    if (this.#isClosed) return;
    this.#ready = this.#again();
    this.#ready.catch(() => {}); // told to whoever wants to use it
  }

  async #again(): Promise<void> {
    const deadline = performance.now() + RETRY_FOR_MS;
    for (;;) {
      await sleep(RETRY_EVERY_MS);
      try {
        if (this.#isClosed) throw this.#unreachable('it was closed');
        await this.#start();
        for (const forward of this.#carried) await this.#forward(forward);
        return;
      } catch (error) {
        if (this.#isClosed || performance.now() > deadline) throw error;
      }
    }
  }
}
