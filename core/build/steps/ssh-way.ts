import { readFile } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import path from 'node:path';
import type { Login } from '../../guest/attempt.ts';
import { HostKeys } from '../../guest/host-key.ts';
import { BastionRoute } from '../../guest/route/bastion.ts';
import { BridgedRoute } from '../../guest/route/bridged.ts';
import { knownHostKeys } from '../../guest/route/known-hosts.ts';
import type { Route } from '../../guest/route/route.ts';
import { SocksRoute } from '../../guest/route/socks.ts';
import { Tunnels } from '../../guest/route/tunnels.ts';
import { GoldsmithError } from '../../model/failure.ts';
import type { Bastion, Communicator } from '../../model/recipe.ts';
import { type BuildContext, machineName } from '../context.ts';
import { bridgedMac } from '../machine.ts';
import type { Scope } from '../scope.ts';
import type { Target } from '../target.ts';

type Ssh = Extract<Communicator, { kind: 'ssh' }>;

/** The way to the guest that a recipe asks for, and the tunnels that go along; nothing is connected yet. */
export async function wayTo(
  scope: Scope,
  context: BuildContext,
  { bastion, proxy, localTunnels, remoteTunnels }: Ssh,
): Promise<{ route?: Route; tunnels?: Tunnels }> {
  scope.secrets.add(bastion?.password, proxy?.password);
  const hasTunnels = localTunnels.length + remoteTunnels.length > 0;
  const beyond = bastion ? await bastionRoute(scope, context, bastion) : proxy && new SocksRoute(proxy);
  const route = bridgedRoute(context, beyond) ?? beyond;
  return {
    ...(route ? { route } : {}),
    ...(hasTunnels ? { tunnels: new Tunnels({ local: localTunnels, remote: remoteTunnels }) } : {}),
  };
}

/** To a guest on a bridge whose address the recipe does not say. */
export function bridgedRoute({ id, target }: BuildContext, beyond?: Route): BridgedRoute | undefined {
  const { source } = target.builder;
  const isNamed = source.communicator.kind === 'none' || source.communicator.host !== undefined;
  if (source.netBridge === undefined || isNamed) return undefined;
  return new BridgedRoute(source.netBridge, bridgedMac(source, machineName(id)), beyond);
}

async function bastionRoute(scope: Scope, context: BuildContext, bastion: Bastion): Promise<Route> {
  const { host, port, password, privateKeyFile, agentAuth, interactive } = bastion;
  const name = `${host}:${port}`;
  const hostKeys = new HostKeys(await knownHostKeys(host, port));
  const privateKey = privateKeyFile === undefined ? undefined : await readKey(privateKeyFile, context.target);
  scope.secrets.add(privateKey);
  const login: Login = {
    host,
    port,
    user: bastion.username || userInfo().username,
    hostKeys,
    ...(privateKey === undefined ? {} : { privateKey }),
    ...(password === undefined ? {} : { password }),
    ...(agentAuth ? { agent: agentSocket('ssh_bastion_agent_auth') } : {}),
    ...(interactive ? { answer: asker(context, name, scope) } : {}),
  };
  return new BastionRoute(login, () =>
    scope.emit({ type: 'note', message: `The guest is reached through the bastion ${name}${trust(hostKeys)}.` }),
  );
}

const trust = ({ trusted }: HostKeys): string =>
  trusted === undefined
    ? ', whose host key known_hosts holds'
    : `; its host key ${trusted} was trusted because it is not in known_hosts`;

/** A person answers each question of the bastion; nobody sees the answers. @throws GoldsmithError `host-lacks` */
function asker({ askSecret }: BuildContext, name: string, scope: Scope): NonNullable<Login['answer']> {
  if (!askSecret) {
    throw new GoldsmithError('host-lacks', `The bastion ${name} asks questions, and nobody is there to answer.`, {
      hint: 'Build in a terminal, or use ssh_bastion_private_key_file or ssh_bastion_agent_auth.',
    });
  }
  return async prompts => {
    const answers: string[] = [];
    for (const { prompt } of prompts) {
      const answer = await askSecret(`${name}: ${prompt.trim()}`, scope.signal);
      scope.secrets.add(answer);
      answers.push(answer);
    }
    return answers;
  };
}

/** The socket of the user's SSH agent. @throws GoldsmithError `host-lacks` */
export function agentSocket(option: string): string {
  const { SSH_AUTH_SOCK: socket } = process.env;
  if (socket) return socket;
  throw new GoldsmithError('host-lacks', `"${option}" needs an SSH agent, and SSH_AUTH_SOCK names none.`, {
    hint: 'eval $(ssh-agent); ssh-add KEY',
  });
}

/** A key file of the recipe. */
export const readKey = (file: string, { recipe }: Target): Promise<string> =>
  readFile(file.startsWith('~/') ? path.join(homedir(), file.slice(2)) : path.resolve(recipe.root, file), 'utf8');
