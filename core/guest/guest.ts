/** How to run one command in the guest. */
export interface ExecOptions {
  /** Called with each plain line of output as it comes. */
  onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  /** Ends the command and rejects with the signal's reason. */
  signal?: AbortSignal;
  timeoutMs?: number;
  /** Written to the command's standard input, which is then closed; without it the input is empty. */
  stdin?: string | Buffer;
  /** Run on a pseudo terminal: standard error then comes as standard output. */
  pty?: boolean;
}

export interface ExecResult {
  /** Undefined when the command was ended by a signal, or nothing was heard of its end. */
  exitCode?: number;
  /** Name of the signal that ended the command, without `SIG`. */
  signal?: string;
  /** The connection was lost before the command's end was known. */
  disconnected: boolean;
  /** False when the connection was lost before the guest took the command. */
  started: boolean;
}

export interface ReconnectOptions {
  timeoutMs: number;
  signal?: AbortSignal;
  /** The guest was told to reboot: a login to the system that is still going down does not count. */
  expectReboot?: boolean;
}

/** How the guest is logged in to: what another client of it (Ansible) needs. */
export interface GuestAddress {
  host: string;
  port: number;
  user: string;
  privateKey?: string;
  password?: string;
  /** Socket of the SSH agent whose keys let in. */
  agent?: string;
  /** Lines `type base64`: the only host keys the guest may show. */
  hostKeys: string[];
}

/** How another program of this host reaches the guest, until it is closed. */
export interface WayIn {
  address: GuestAddress;
  close(): Promise<void>;
}

/** A logged-in guest. Local paths are absolute; remote paths are the guest's own. */
export interface Guest {
  readonly address: GuestAddress;
  /** Straight, or by a loopback port that leads through the bastion or proxy. */
  wayIn(): Promise<WayIn>;
  /** Whether provisioners run on a pseudo terminal (Packer's `ssh_pty`). */
  readonly usesPty: boolean;
  /** Whether the connection stands, as far as is known without asking. */
  readonly isConnected: boolean;
  /**
   * Runs a command in the login shell of the user. A failed command or a lost connection is a result, not an error.
   * @throws GoldsmithError `timed-out`; `guest-unreachable` when the guest refuses to run commands; the reason of `signal`.
   */
  exec(command: string, options?: ExecOptions): Promise<ExecResult>;
  /** Copies a file into the guest. `mode` defaults to the local file's. @throws GoldsmithError `provision-failed` */
  upload(local: string, remote: string, options?: TransferOptions): Promise<void>;
  /** Writes text to a file of the guest, mode 0644 unless told. */
  uploadText(text: string | Buffer, remote: string, options?: TransferOptions): Promise<void>;
  /** Copies a file out of the guest. */
  download(remote: string, local: string, options?: TransferOptions): Promise<void>;
  /** Copies what is in a local folder into a folder of the guest, which is made if missing. */
  uploadDir(local: string, remote: string, options?: TransferOptions): Promise<void>;
  /** Copies what is in a folder of the guest into a local folder, which is made if missing. */
  downloadDir(remote: string, local: string, options?: TransferOptions): Promise<void>;
  /**
   * Logs in again with the same patience as the first time. `rebooted` is undefined where the guest has no boot id.
   * @throws GoldsmithError as `connectGuest` does
   */
  reconnect(options: ReconnectOptions): Promise<{ rebooted: boolean | undefined }>;
  /**
   * To be called after a command that may have made the guest reboot: if it goes down, waits until it is up again.
   * @throws GoldsmithError as `connectGuest` does
   */
  afterRestart(options: ReconnectOptions): Promise<{ rebooted: boolean | undefined }>;
  /** Waits until the connection is lost, up to `timeoutMs`; says whether it was. */
  untilDisconnected(timeoutMs: number, signal?: AbortSignal): Promise<boolean>;
  /** Asks the guest for a sign, and logs in again when there is none. */
  ensureConnected(options: ReconnectOptions): Promise<void>;
  /** After a lost connection: @throws GoldsmithError `qemu-failed` if it was lost because the machine is gone */
  checkMachine(): Promise<void>;
  /** Ends the connection at once, as when the machine was seen to reset. */
  drop(): void;
  /** Logs out. Safe to call twice. */
  close(): Promise<void>;
}

export interface TransferOptions {
  /** Permission bits, e.g. 0o755. */
  mode?: number;
  signal?: AbortSignal;
}
