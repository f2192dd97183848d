import type { Client, ClientChannel, SFTPWrapper } from 'ssh2';
import { GoldsmithError } from '../model/failure.ts';
import { pause } from './pause.ts';

/** One authenticated SSH connection, and whether it still stands. */
export class Connection {
  #isClosed = false;
  readonly closed: Promise<void>;

  constructor(readonly client: Client) {
    this.closed = new Promise(resolve => {
      client.once('close', () => {
        this.#isClosed = true;
        resolve();
      });
    });
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * Opens a channel that runs `command`. Undefined when the connection is gone.
   * @param use is called the moment the channel is open, and must listen to it then: a short command's answer, end and
   *   exit status may come in the same packet, before any promise is told
   * @throws GoldsmithError `guest-unreachable` when the guest is there and refuses
   */
  openCommand<T>(command: string, pty: boolean, use: (channel: ClientChannel) => T): Promise<{ used: T } | undefined> {
    return this.#open((client, answer) =>
      client.exec(command, { pty }, (error, channel) => {
        if (error) answer(error);
        else answer(undefined, { used: use(channel) });
      }),
    );
  }

  /** Opens the file transfer subsystem. Undefined when the connection is gone. @throws as `openCommand` */
  openSftp(): Promise<SFTPWrapper | undefined> {
    return this.#open((client, answer) => client.sftp(answer));
  }

  async #open<C>(
    ask: (client: Client, answer: (error: Error | undefined, channel?: C) => void) => void,
  ): Promise<C | undefined> {
    const answered = new Promise<C | undefined>((resolve, reject) => {
      const answer = (error: Error | undefined, channel?: C): void => {
        if (!error) resolve(channel);
        else if (this.#isClosed) resolve(undefined);
        else reject(refused(error));
      };
      try {
        ask(this.client, answer);
      } catch {
        // ssh2 throws, rather than calls back, when its socket can no longer be written to.
        resolve(undefined);
      }
    });
    return Promise.race([answered, this.closed.then(() => undefined)]);
  }

  /** Ends the connection without a word. */
  drop(): void {
    this.client.destroy();
  }

  /** Says goodbye; does not wait longer than two seconds for the other side. */
  async end(): Promise<void> {
    this.client.end();
    const ended = new AbortController();
    const timer = setTimeout(() => this.client.destroy(), 1000);
    // Through a bastion that hangs, no end is ever confirmed.
    await Promise.race([this.closed, pause(2000, ended.signal).catch(() => undefined)]);
    ended.abort();
    clearTimeout(timer);
  }
}

const refused = (error: Error): GoldsmithError =>
  new GoldsmithError('guest-unreachable', `The guest refuses to run a command: ${error.message}`, {
    hint: 'Its SSH server allows this user no commands (a forced command, a login shell that ends, no free process).',
    cause: error,
  });
