import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { type BuildKeys, type KeyPair, makeBuildKeys } from '../../core/guest/keys.ts';

/** The real sshd these tests speak with. The variable names another one: a newer release, unpacked somewhere. */
const OTHER_SSHD = process.env.GOLDSMITH_TEST_SSHD;
export const SSHD = OTHER_SSHD ?? '/usr/sbin/sshd';

/** From 9.8 on sshd is several programs, which it looks for where it was built to be. */
function programPaths(): string[] {
  const lib = path.join(path.dirname(SSHD), '../lib/openssh');
  return OTHER_SSHD ? [`SshdSessionPath ${lib}/sshd-session`, `SshdAuthPath ${lib}/sshd-auth`] : [];
}

/** A line of configuration for a server that has no file transfer subsystem. */
export const WITHOUT_SFTP = '# no sftp';

/**
 * bash reads ~/.bashrc when sshd starts it, unless it is a shell in a shell. These sessions run as whoever runs the
 * tests, and that person's own start-up files may take long, print, or wait for a lock. sshd heeds only the first
 * `SetEnv` line.
 */
export const NO_BASHRC = 'SetEnv SHLVL=2';

/** A real OpenSSH server on a loopback port, with its own configuration and keys, for the current user. */
export class Sshd {
  readonly dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-sshd-'));
  readonly user = userInfo().username;
  readonly keys: BuildKeys = makeBuildKeys('test');
  #child: ChildProcess | undefined;
  #log = '';

  private constructor(
    readonly port: number,
    readonly lines: string[],
  ) {}

  /** `lines` are added to the configuration, before ours: the first value of an option counts. */
  static async start(lines: string[] = []): Promise<Sshd> {
    const sshd = new Sshd(await freePort(), lines);
    sshd.write();
    await sshd.up();
    return sshd;
  }

  /** What sshd said so far. */
  get log(): string {
    return this.#log;
  }

  /**
   * Gives sessions a `cat` and a `systemctl` of ours, so that the machine can seem to reboot: another boot id, or a
   * system that is going down.
   */
  pretend({ bootId, state }: { bootId: string; state: string }): void {
    const bin = path.join(this.dir, 'bin');
    mkdirSync(bin, { recursive: true });
    const program = (name: string, text: string): void => writeFileSync(path.join(bin, name), text, { mode: 0o755 });
    program('cat', `#!/bin/sh\ncase "$1" in */boot_id) echo ${bootId};; *) exec /bin/cat "$@";; esac\n`);
    program('systemctl', `#!/bin/sh\necho ${state}\n`);
    this.lines.push(`${NO_BASHRC} PATH=${bin}:/usr/bin:/bin:/usr/sbin:/sbin`);
    this.write();
  }

  write(hostKey: KeyPair = this.keys.hostKey): void {
    const file = (name: string, text: string): string => {
      const full = path.join(this.dir, name);
      writeFileSync(full, text, { mode: 0o600 });
      chmodSync(full, 0o600);
      return full;
    };
    const key = file('host_key', hostKey.privateKey);
    const authorized = file('authorized_keys', `${this.keys.clientKey.publicLine}\n`);
    const config = [
      ...this.lines,
      `Port ${this.port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${key}`,
      `AuthorizedKeysFile ${authorized}`,
      `PidFile ${this.dir}/pid`,
      'StrictModes no',
      'UsePAM no',
      'PermitRootLogin yes',
      'LogLevel VERBOSE',
      NO_BASHRC,
      ...(this.lines.includes(WITHOUT_SFTP) ? [] : ['Subsystem sftp internal-sftp']),
      ...programPaths(),
    ];
    file('sshd_config', `${config.join('\n')}\n`);
  }

  async up(): Promise<void> {
    // sshd insists on its privilege separation folder when root starts it.
    if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
    const child = spawn(SSHD, ['-D', '-e', '-f', path.join(this.dir, 'sshd_config')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#log += text;
    });
    this.#child = child;
    for (let tries = 0; !this.#log.includes('Server listening on 127.0.0.1'); tries++) {
      if (tries > 500 || child.exitCode !== null) throw new Error(`sshd did not start: ${this.#log}`);
      await sleep(10);
    }
    this.#log = '';
  }

  /** Ends sshd and, as a guest's power switch does, every session it served. */
  async down(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null) return;
    const gone = new Promise(resolve => child.once('exit', resolve));
    for (const pid of descendants(child.pid ?? 0)) kill(pid);
    child.kill('SIGKILL');
    await gone;
  }

  async stop(): Promise<void> {
    await this.down();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

export const hasSshd = (): boolean => existsSync(SSHD);

/** Whether this sshd knows an option (its test mode names unknown ones). */
export function sshdKnows(option: string): boolean {
  const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-sshd-'));
  const key = path.join(dir, 'key');
  writeFileSync(key, makeBuildKeys('probe').hostKey.privateKey, { mode: 0o600 });
  const result = spawnSync(SSHD, ['-t', '-f', '/dev/null', '-h', key, '-o', option], { encoding: 'utf8' });
  rmSync(dir, { recursive: true, force: true });
  return !/Bad configuration option|Unsupported option/.test(result.stderr);
}

function descendants(pid: number): number[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  const pairs = stdout.split('\n').map(line => line.trim().split(/\s+/).map(Number));
  const children = pairs.filter(([, parent]) => parent === pid).map(([child]) => child ?? 0);
  return children.flatMap(child => [child, ...descendants(child)]);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  const address = server.address();
  await new Promise(resolve => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

export const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));
