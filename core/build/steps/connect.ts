import { writeFile } from 'node:fs/promises';
import type { Vm } from '../../drivers/driver.ts';
import type { Guest } from '../../guest/guest.ts';
import type { HostKeyRule } from '../../guest/host-key.ts';
import { pause } from '../../guest/pause.ts';
import { knownHostName } from '../../guest/route/known-hosts.ts';
import { connectGuest } from '../../guest/ssh.ts';
import { WinRmGuest } from '../../guest/winrm/winrm-guest.ts';
import { GoldsmithError } from '../../model/failure.ts';
import type { Communicator } from '../../model/recipe.ts';
import { type BuildContext, buildFiles } from '../context.ts';
import { deathOf, type Guard } from '../guard.ts';
import type { Scope } from '../scope.ts';
import type { Served } from './answers.ts';
import { sshForward } from './boot.ts';
import { tookHostKey } from './install.ts';
import { agentSocket, bridgedRoute, readKey, wayTo } from './ssh-way.ts';

type Ssh = Extract<Communicator, { kind: 'ssh' }>;

/** Logs in to the installed system, and puts key and host key where OpenSSH and Ansible can use them. */
export async function connect(
  scope: Scope,
  context: BuildContext,
  vm: Vm,
  guard: Guard,
  served: Served,
  signOfLife: Promise<void>,
): Promise<Guest> {
  const { communicator } = context.target.builder.source;
  if (communicator.kind === 'winrm') return guard.during(connectWinRm(scope, context, vm, communicator));
  const hostKey = tookHostKey(served) ? { pinned: [context.keys.hostKey.publicLine] } : ('trust-first' as const);
  return guard.during(connectSsh(scope, context, vm, requireSsh(communicator), hostKey, signOfLife));
}

/** Logs in to a guest that was left in the midst of its life: it is up, and known by its host keys. */
export async function reconnect(scope: Scope, context: BuildContext, vm: Vm, hostKeys: string[]): Promise<Guest> {
  const { communicator } = context.target.builder.source;
  if (communicator.kind === 'winrm') return connectWinRm(scope, context, vm, communicator);
  const ssh = { ...requireSsh(communicator), pauseBeforeConnectingMs: 0 };
  return connectSsh(scope, context, vm, ssh, { pinned: hostKeys }, Promise.resolve());
}

async function connectSsh(
  scope: Scope,
  context: BuildContext,
  vm: Vm,
  ssh: Ssh,
  hostKey: HostKeyRule,
  signOfLife: Promise<void>,
): Promise<Guest> {
  const { image } = context.target;
  const isBridged = bridgedRoute(context) !== undefined;
  const guest = await connectGuest(scope, {
    ...(isBridged ? { host: '', port: ssh.port } : guestAddress(context, vm)),
    user: image.ssh.user ?? ssh.username,
    ...(await means(context, ssh)),
    ...(await wayTo(scope, context, ssh)),
    hostKey,
    foreignHostKey: 'wait',
    timeoutMs: image.timeouts.connectMs ?? ssh.timeoutMs,
    authAttempts: ssh.handshakeAttempts,
    pauseBeforeConnectingMs: ssh.pauseBeforeConnectingMs,
    pty: ssh.pty,
    exited: vm.exited,
    signOfLife,
  });
  await writeLogin(scope, context, guest);
  const { host, port, user } = guest.address;
  // Nobody else can know it; a port of this host was told when the machine started.
  if (isBridged) scope.emit({ type: 'reached', ssh: { host, port, user } });
  return guest;
}

/** Packer makes no key of its own where an agent's keys are to be used. */
async function means(
  { keys, target }: BuildContext,
  { agentAuth, privateKeyFile, password }: Ssh,
): Promise<{ privateKey?: string; password?: string; agent?: string }> {
  const own = agentAuth ? undefined : keys.clientKey.privateKey;
  const privateKey = privateKeyFile === undefined ? own : await readKey(privateKeyFile, target);
  return {
    ...(privateKey === undefined ? {} : { privateKey }),
    ...(password === undefined ? {} : { password }),
    ...(agentAuth ? { agent: agentSocket('ssh_agent_auth') } : {}),
  };
}

/** Logs in to Windows. A machine that dies ends the waiting. */
async function connectWinRm(
  scope: Scope,
  context: BuildContext,
  vm: Vm,
  winrm: Extract<Communicator, { kind: 'winrm' }>,
): Promise<Guest> {
  const gone = new AbortController();
  void vm.exited.then(exit => gone.abort(deathOf(exit)));
  const { username, password, useSsl, insecure, useNtlm, pauseBeforeConnectingMs } = winrm;
  scope.secrets.add(password);
  const alive = AbortSignal.any([scope.signal, gone.signal]);
  const timeoutMs = context.target.image.timeouts.connectMs ?? winrm.timeoutMs;
  const bridged = bridgedRoute(context);
  const address = bridged
    ? { host: await bridged.seen(AbortSignal.any([alive, AbortSignal.timeout(timeoutMs)])), port: winrm.port }
    : guestAddress(context, vm);
  const login = { ...address, user: username, password, useSsl, insecure, useNtlm };
  const guest = await WinRmGuest.connect(scope, login, alive, timeoutMs);
  if (pauseBeforeConnectingMs === 0) return guest;
  // As Packer: once it answers, it may be about to restart; so wait, and log in again.
  await pause(pauseBeforeConnectingMs, scope.signal);
  await guest.reconnect({ timeoutMs, signal: scope.signal });
  return guest;
}

/**
 * Where the guest answers, as Packer finds it: at the port of this host that leads to it; on a bridge, or when nothing
 * is to be forwarded, at its own port.
 */
export function guestAddress(context: BuildContext, vm: Vm): { host: string; port: number } {
  const { communicator, netBridge, skipNatMapping } = context.target.builder.source;
  const named = communicator.kind === 'none' ? undefined : communicator.host;
  if (communicator.kind !== 'none' && (netBridge !== undefined || skipNatMapping)) {
    const host = named ?? (netBridge === undefined ? '127.0.0.1' : undefined);
    if (host !== undefined) return { host, port: communicator.port };
  }
  const forward = sshForward(context, vm);
  if (forward) return { host: named ?? forward.host, port: forward.port };
  throw new GoldsmithError('unsupported', "The guest's port is not forwarded to this host.", {
    hint: 'Say in the recipe where it is (ssh_host, winrm_host), or remove net_bridge, skip_nat_mapping or -netdev.',
  });
}

async function writeLogin(scope: Scope, context: BuildContext, guest: Guest): Promise<void> {
  const { key, knownHosts } = buildFiles(context.dir);
  const { host, port, hostKeys, privateKey } = guest.address;
  await scope.hold({ kind: 'file', path: key }, () => writeFile(key, privateKey ?? '', { mode: 0o600 }));
  const lines = hostKeys.map(hostKey => `${knownHostName(host, port)} ${hostKey}\n`);
  await scope.hold({ kind: 'file', path: knownHosts }, () => writeFile(knownHosts, lines.join(''), { mode: 0o600 }));
}

function requireSsh(communicator: Communicator): Ssh {
  if (communicator.kind === 'ssh') return communicator;
  throw new GoldsmithError('unsupported', `The communicator "${communicator.kind}" cannot be used yet.`);
}
