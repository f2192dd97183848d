import { readFile } from 'node:fs/promises';
import type { ClientChannel } from 'ssh2';
import { ATTEMPT_LIMITS, attemptLogin } from '../../guest/attempt.ts';
import { HostKeys } from '../../guest/host-key.ts';
import { knownHostName } from '../../guest/route/known-hosts.ts';
import { GoldsmithError } from '../../model/failure.ts';
import type { VmInfo } from '../../model/vm.ts';
import type { Host } from '../host.ts';
import { carry, machineOf } from './connect.ts';
import type { StreamIo } from './streams.ts';

interface Args {
  machine: string;
  columns: number;
  rows: number;
}

/** A login shell in the guest, with the machine's own key and its pinned host key. */
export async function sshStream(args: Args, host: Host, io: StreamIo): Promise<void> {
  const vm = await machineOf(host, args.machine);
  const attempt = await attemptLogin(await loginOf(vm, host, args), ATTEMPT_LIMITS, io.signal);
  const { client } = attempt;
  if (!client) throw new GoldsmithError('guest-unreachable', `The guest does not let us in: ${attempt.reason}.`);
  try {
    const shell = await new Promise<ClientChannel>((resolve, reject) =>
      client.shell({ term: 'xterm-256color', cols: args.columns, rows: args.rows }, (error, channel) =>
        error ? reject(new GoldsmithError('guest-unreachable', `No shell: ${error.message}`)) : resolve(channel),
      ),
    );
    io.onControl(({ columns, rows }) => shell.setWindow(rows, columns, 0, 0));
    await carry(shell, io);
  } finally {
    client.end();
  }
}

async function loginOf(vm: VmInfo, host: Host, args: Args) {
  const key = vm.ssh ? await readFile(vm.ssh.key, 'utf8').catch(() => undefined) : undefined;
  if (!vm.ssh || key === undefined) {
    throw new GoldsmithError('guest-unreachable', 'The guest does not answer over SSH yet.', {
      hint: 'The terminal opens when the build has logged in.',
    });
  }
  const { argv } = await (await host.engine()).ssh(args.machine, []);
  const pinned = await pinnedKeys(argv, vm.ssh);
  return {
    host: vm.ssh.host,
    port: vm.ssh.port,
    user: vm.ssh.user,
    privateKey: key,
    hostKeys: new HostKeys(pinned.length > 0 ? { pinned } : 'trust-first'),
  };
}

/** The lines of this server in the known_hosts file that OpenSSH would be given. */
async function pinnedKeys(argv: string[], { host, port }: { host: string; port: number }): Promise<string[]> {
  const option = argv.find(argument => argument.startsWith('UserKnownHostsFile=')) ?? '';
  const file = option.slice(option.indexOf('=') + 1).replaceAll('"', '');
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n');
  const mark = `${knownHostName(host, port)} `;
  return lines.filter(line => line.startsWith(mark)).map(line => line.slice(mark.length));
}
