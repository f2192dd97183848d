import { deathOf } from '../build/guard.ts';
import type { Scope } from '../build/scope.ts';
import type { VmExit } from '../drivers/driver.ts';
import { GoldsmithError } from '../model/failure.ts';
import type { Login } from './attempt.ts';
import { Connection } from './connection.ts';
import type { Guest } from './guest.ts';
import { type HostKeyRule, HostKeys } from './host-key.ts';
import { logIn, type Patience } from './login.ts';
import { pause } from './pause.ts';
import type { Route } from './route/route.ts';
import type { Tunnels } from './route/tunnels.ts';
import { SshGuest } from './ssh-guest.ts';

export interface ConnectOptions {
  host: string;
  port: number;
  user: string;
  /** Text of a private key file without a passphrase. */
  privateKey?: string;
  password?: string;
  /** Socket of an SSH agent: its keys are tried first. */
  agent?: string;
  /** How to get there, where it is not straight; closed with the guest. */
  route?: Route;
  tunnels?: Tunnels;
  hostKey: HostKeyRule;
  /** Packer's `ssh_timeout`: from now to the login, the installation included if it still runs. */
  timeoutMs: number;
  /** Settles when the machine is gone: ends every wait at once. A `VmExit` gives its reason to the message. */
  exited: Promise<unknown>;
  /** Resolves at the first sign of the installed system (serial console, installer's end): the moment to try. */
  signOfLife?: Promise<unknown>;
  /** Without a sign of life the first attempt is made after this; default 30 s. */
  quietMs?: number;
  /** Packer's `ssh_handshake_attempts`: how many refused logins are a failure; default 5. */
  authAttempts?: number;
  /** Packer's `pause_before_connecting`: after the first login, log out, wait, and log in again. */
  pauseBeforeConnectingMs?: number;
  /** `wait`: another host key is that of the installer's own SSH server, which will go away. Default `fail`. */
  foreignHostKey?: 'fail' | 'wait';
  /** Packer's `ssh_pty`: run provisioners on a pseudo terminal. */
  pty?: boolean;
}

/**
 * Waits patiently until the guest lets us in, then speaks with it. Only what is given is used to log in: no other key
 * or agent, none of the user's files.
 * @throws GoldsmithError `guest-unreachable`, `guest-auth`, `host-key-changed`, `qemu-failed` when the machine ends;
 *   the reason of the scope's signal
 */
export async function connectGuest(scope: Scope, options: ConnectOptions): Promise<Guest> {
  scope.secrets.add(options.password, options.privateKey);
  const hostKeys = new HostKeys(options.hostKey);
  const login: Login = {
    host: options.host,
    port: options.port,
    user: options.user,
    hostKeys,
    ...(options.privateKey === undefined ? {} : { privateKey: options.privateKey }),
    ...(options.password === undefined ? {} : { password: options.password }),
    ...(options.agent === undefined ? {} : { agent: options.agent }),
    ...(options.route === undefined ? {} : { route: options.route }),
  };
  const alive = whileMachineLives(scope.signal, options.exited);
  const patience: Patience = {
    timeoutMs: options.timeoutMs,
    signal: alive,
    signOfLife: options.signOfLife,
    quietMs: options.quietMs ?? 30_000,
    authAttempts: options.authAttempts ?? 5,
    foreignHostKey: options.foreignHostKey ?? 'fail',
  };
  const { tunnels } = options;
  const leave = (): void => {
    tunnels?.close();
    login.route?.close();
  };
  alive.addEventListener('abort', leave, { once: true });
  try {
    const connection = await firstConnection(scope, login, patience, options.pauseBeforeConnectingMs ?? 0);
    if (hostKeys.trusted) {
      scope.emit({
        type: 'note',
        message: `The SSH host key ${hostKeys.trusted} was trusted because it came first; any other is refused from now on.`,
      });
    }
    await tunnels?.attach(connection.client);
    return await SshGuest.over(scope, connection, login, { alive, usesPty: options.pty ?? false, tunnels });
  } catch (error) {
    leave();
    throw error;
  }
}

async function firstConnection(scope: Scope, login: Login, patience: Patience, pauseMs: number): Promise<Connection> {
  const connection = new Connection(await logIn(scope, login, patience));
  if (pauseMs === 0) return connection;
  await connection.end();
  await pause(pauseMs, patience.signal);
  return new Connection(await logIn(scope, login, { ...patience, signOfLife: undefined }));
}

/** A signal that fires with the build's own, and with `qemu-failed` when the machine is gone. */
function whileMachineLives(signal: AbortSignal, exited: Promise<unknown>): AbortSignal {
  const gone = new AbortController();
  const onExit = (exit: unknown): void => gone.abort(machineGone(exit));
  exited.then(onExit, onExit);
  return AbortSignal.any([signal, gone.signal]);
}

/** In the words of the build's other waits, where the driver says how it ended. */
function machineGone(exit: unknown): GoldsmithError {
  if (isVmExit(exit)) return deathOf(exit);
  const reason = exit instanceof Error ? `: ${exit.message}` : '';
  return new GoldsmithError('qemu-failed', `The machine ended while we were speaking with its guest${reason}.`, {
    hint: "Its serial log and screen show the guest's last words.",
  });
}

const isVmExit = (exit: unknown): exit is VmExit =>
  exit instanceof Object && 'isExpected' in exit && 'reason' in exit && 'lastLines' in exit;
