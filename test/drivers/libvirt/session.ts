import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { until } from '../../real/goldsmith.ts';
import { makePki } from './pki.ts';

/** A session's libvirt of the test's own: nothing of a person's is seen, and nothing of it is left. */
export interface TestLibvirt {
  uri: string;
  /** The folders of XDG that it lives in; processes that share them see its files. */
  env: Record<string, string>;
  dir: string;
  /** Ends the daemon as a crash would; its machines run on. */
  kill(): Promise<void>;
  /** The same daemon again, in the same folders. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Root has no session of its own: for libvirt, whoever is root is the system. In a user namespace it is somebody else,
 * who owns root's files all the same.
 */
export const AS_A_PERSON = process.getuid?.() === 0 ? ['unshare', '--user', '--map-user=1000', '--map-group=1000'] : [];

/**
 * QEMU is no child of libvirtd's, and outlives one that is killed. So somebody here adopts whatever a daemon leaves,
 * reaps it (libvirtd waits for that, and some containers' init is slow), and ends all of it when it is told to, or when
 * the test is gone, however that ended.
 */
const REAPER = [
  ...['setpriv', '--pdeathsig', 'TERM', 'perl', '-e'],
  `syscall({x86_64 => 157, aarch64 => 167}->{\`uname -m\` =~ s/\\s//r}, 36, 1, 0, 0, 0);
  sub children { open my $file, "/proc/$$/task/$$/children"; split " ", <$file> // "" }
  $SIG{TERM} = sub { while (my @all = children) { kill "KILL", @all; waitpid $_, 0 for @all } exit };
  my $child = fork; exec @ARGV unless $child; 1 while waitpid(-1, 0) > 0`,
];

/** A reaper with its daemon, which is up. */
async function startDaemon(
  command: string[],
  dir: string,
  isUp: () => boolean,
  env: Record<string, string> = {},
): Promise<ChildProcess> {
  const said = path.join(dir, 'libvirtd.said');
  const errors = openSync(said, 'w');
  const stdio: StdioOptions = ['ignore', 'ignore', errors];
  const reaper = spawn(command[0] ?? '', command.slice(1), { env: { ...process.env, ...env }, stdio });
  closeSync(errors);
  if (await until(isUp, 20_000)) return reaper;
  await endReaper(reaper);
  throw new Error(`libvirtd did not start: ${readFileSync(said, 'utf8')}`);
}

async function endReaper(reaper: ChildProcess): Promise<void> {
  if (reaper.exitCode !== null || reaper.signalCode !== null) return;
  const gone = once(reaper, 'exit');
  reaper.kill('SIGTERM');
  await gone;
}

export async function startLibvirt(): Promise<TestLibvirt> {
  const dir = mkdtempSync(path.join(tmpdir(), 'glv-'));
  const env = {
    XDG_RUNTIME_DIR: path.join(dir, 'run'),
    XDG_CONFIG_HOME: path.join(dir, 'config'),
    XDG_CACHE_HOME: path.join(dir, 'cache'),
    XDG_DATA_HOME: path.join(dir, 'data'),
    HOME: dir,
  };
  for (const one of Object.values(env)) mkdirSync(one, { recursive: true, mode: 0o700 });
  const socket = path.join(env.XDG_RUNTIME_DIR, 'libvirt/libvirt-sock');
  const reapers: ChildProcess[] = [];
  const start = async (): Promise<void> => {
    rmSync(socket, { force: true });
    const command = [...REAPER, ...AS_A_PERSON, 'libvirtd', '--timeout', '900'];
    reapers.push(await startDaemon(command, dir, () => existsSync(socket), env));
  };
  await start();
  return {
    uri: `qemu+unix:///session?socket=${socket}`,
    env,
    dir,
    kill: () => endByPidFile(path.join(env.XDG_RUNTIME_DIR, 'libvirt/libvirtd.pid'), 'libvirtd'),
    restart: start,
    stop: async () => {
      await Promise.all(reapers.map(endReaper));
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/**
 * One of libvirt's daemons, by the file in which it keeps its number. It locks that file until it has ended, which takes
 * its time while it writes to a slow disk; the next daemon would end at once.
 */
async function endByPidFile(file: string, program: string): Promise<void> {
  const pid = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  const command = `/proc/${pid}/cmdline`;
  if (pid <= 1 || !existsSync(command) || !readFileSync(command, 'utf8').includes(program)) return;
  process.kill(pid, 'SIGKILL');
  if (!(await until(() => !existsSync(`/proc/${pid}`), 60_000))) throw new Error(`${program} did not end.`);
}

/**
 * Folders that a system's libvirt is compiled to use: bound to the test's own in a mount namespace. A KVM that opens
 * and does not work would make it ask QEMU for what it can before every start, for some 10 s: so there is none.
 */
const SYSTEM = `set -e
for d in run/libvirt var/lib/libvirt var/cache/libvirt var/log/libvirt; do mkdir -p "$1/$d" "/$d"; mount --bind "$1/$d" "/$d"; done
mkdir -p "$1/swtpm-localca" /var/lib/swtpm-localca; chown tss "$1/swtpm-localca" 2>/dev/null || true; mount --bind "$1/swtpm-localca" /var/lib/swtpm-localca
mkdir -p "$1/etc" "$1/sock"; cp -a /etc/libvirt "$1/etc/libvirt"; mount --bind "$1/etc/libvirt" /etc/libvirt
printf 'unix_sock_dir = "%s/sock"\nauth_unix_rw = "none"\nunix_sock_rw_perms = "0700"\n' "$1" > /etc/libvirt/libvirtd.conf
echo 'namespaces = []' >> /etc/libvirt/qemu.conf
if [ -e /dev/kvm ]; then : > "$1/no-kvm"; chmod 0 "$1/no-kvm"; mount --bind "$1/no-kvm" /dev/kvm; fi
ln -s "$1/sock/libvirt-sock" /run/libvirt/libvirt-sock # where those look who come through SSH
virtlogd -d -p "$1/virtlogd.pid"
printf '%s\n' "$2" >> /etc/libvirt/libvirtd.conf
exec libvirtd --timeout 900 --pid-file "$1/libvirtd.pid" \${2:+--listen}`;

/** An address of that network, which is not the loopback's. */
export const OWN_ADDRESS = '10.88.0.1';
/** A network of the test's own, where there is no other: what is made in it ends with the last process in it. */
const OWN_NETWORKS = `ip link set lo up; ip address add ${OWN_ADDRESS}/32 dev lo\n`;

/** How a libvirt is reached over the network itself. */
export type Transport = 'tcp' | 'tls';

/** What it is told about it, and what a client says: TCP without SASL, TLS by an authority of the test's own. */
const LISTENING: Record<Transport, (address: string, dir: string) => { lines: string[]; query: string }> = {
  tcp: () => ({ lines: ['listen_tls = 0', 'listen_tcp = 1', 'auth_tcp = "none"'], query: '' }),
  tls: (address, dir) => {
    const { serverLines, dir: pki } = makePki(path.join(dir, 'pki'), address);
    return { lines: ['listen_tcp = 0', ...serverLines], query: `?pkipath=${pki}` };
  },
};

const NOT_LISTENING = { lines: [], query: '' };

export interface SystemLibvirt extends Pick<TestLibvirt, 'uri' | 'dir' | 'stop'> {
  /** The same over the network, where it listens there. */
  far: string;
  /** A command that runs another one where this libvirt's networks are. */
  through: string[];
  /** The same, where its files are, too. */
  inside: string[];
}

export interface SystemOptions {
  /** In a network namespace of the test's own. */
  hasNetworks?: boolean;
  /** It listens to the network, too, at an address that it has there. */
  transport?: Transport;
  address?: string;
}

/** A system's libvirt of the test's own: only root can have one. */
export async function startSystemLibvirt(options: SystemOptions = {}): Promise<SystemLibvirt> {
  const { hasNetworks = false, transport, address = '127.0.0.1' } = options;
  const dir = mkdtempSync(path.join(tmpdir(), 'gls-'));
  chmodSync(dir, 0o755); // QEMU runs as somebody else
  const socket = path.join(dir, 'sock/libvirt-sock');
  const apart = ['unshare', '--mount', ...(hasNetworks ? ['--net'] : [])];
  const command = [...REAPER, ...apart, 'sh', '-c', (hasNetworks ? OWN_NETWORKS : '') + SYSTEM, 'sh', dir];
  const port = await freePort();
  const { lines, query } = transport ? LISTENING[transport](address, dir) : NOT_LISTENING;
  const listening = transport ? [...lines, `listen_addr = "${address}"`, `${transport}_port = "${port}"`] : [];
  command.push(listening.join('\n'));
  const pidFile = path.join(dir, 'libvirtd.pid'); // gone with a daemon that does not like its configuration
  const isUp = (): boolean => existsSync(socket) && existsSync(pidFile);
  const reaper = await startDaemon(command, dir, isUp);
  const daemon = readFileSync(pidFile, 'utf8').trim();
  return {
    uri: `qemu+unix:///system?socket=${socket}`,
    far: `qemu+${transport}://${address}:${port}/system${query}`,
    dir,
    through: ['nsenter', '--target', daemon, '--net'],
    inside: ['nsenter', '--target', daemon, '--net', '--mount'],
    stop: async () => {
      await endReaper(reaper);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
