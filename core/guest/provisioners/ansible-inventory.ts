import type { AnsibleProvisioner } from '../../model/recipe.ts';
import type { GuestAddress } from '../guest.ts';
import { shellQuote } from '../shell-quote.ts';

/** The private files of one playbook run. */
export interface AnsibleFiles {
  dir: string;
  knownHosts: string;
  /** Where ssh's shared connections have their sockets. */
  controlDir: string;
  key?: string;
  /** A program that prints the password. */
  askpass?: string;
  /** Socket of the agent that the build logs in with. */
  agent?: string;
}

/**
 * Options of ssh, first: of several values ssh takes the first one, so neither the recipe's ANSIBLE_SSH_ARGS nor
 * ansible.cfg can let another host key in or forward an agent.
 */
function sshArguments({ knownHosts, askpass, agent }: AnsibleFiles): string[] {
  const settings = {
    IdentitiesOnly: agent === undefined ? 'yes' : 'no',
    IdentityAgent: agent === undefined ? 'none' : quotedPath(agent),
    ForwardAgent: 'no',
    StrictHostKeyChecking: 'yes',
    UserKnownHostsFile: quotedPath(knownHosts),
    GlobalKnownHostsFile: 'none',
    ControlMaster: 'auto',
    ControlPersist: '60s',
    ServerAliveInterval: '10',
    ServerAliveCountMax: '12',
    ...(askpass === undefined ? {} : PASSWORD_SETTINGS),
  };
  return ['-F', 'none', ...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])];
}

const quotedPath = (file: string): string => (file.includes(' ') ? `"${file}"` : file);

/** Ansible forbids passwords to ssh when it has none to give itself. */
const PASSWORD_SETTINGS = {
  PasswordAuthentication: 'yes',
  KbdInteractiveAuthentication: 'yes',
  PreferredAuthentications: 'publickey,password,keyboard-interactive',
  NumberOfPasswordPrompts: '1',
};

/**
 * The variables of the guest in the inventory. Packer's `user` is that of its proxy; it names the guest's user only
 * with `use_proxy = false`.
 */
export function hostVariables(
  address: GuestAddress,
  options: AnsibleProvisioner,
  files: AnsibleFiles,
  recipeSshArguments = '',
): Record<string, unknown> {
  const ssh = [...sshArguments(files).map(quoteIfNeeded), recipeSshArguments].join(' ').trim();
  return {
    ansible_connection: 'ssh',
    ansible_host: address.host,
    ansible_port: address.port,
    ansible_user: options.useProxy ? address.user : (options.user ?? address.user),
    ...(files.key === undefined ? {} : { ansible_ssh_private_key_file: files.key }),
    ansible_ssh_args: ssh,
    ansible_host_key_checking: true,
  };
}

/** Ansible takes the quotes off a value that begins and ends with one, so they stand only where they must. */
const quoteIfNeeded = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : shellQuote(word));

/** An inventory with the one host in its groups. JSON is YAML, and needs no quoting rules of its own. */
export function inventoryOf(options: AnsibleProvisioner, host: Record<string, unknown>): object {
  const member = { hosts: { [options.hostAlias]: {} } };
  const groups = [
    ...options.groups.map((name): [string, object] => [name, member]),
    ...options.emptyGroups.map((name): [string, object] => [name, {}]),
  ];
  return { all: { hosts: { [options.hostAlias]: host }, children: Object.fromEntries(groups) } };
}
