import net from 'node:net';
import { Server } from 'ssh2';
import { makeKeyPair } from '../../core/guest/keys.ts';

export const hostKey = makeKeyPair('server');

/**
 * An SSH server of ssh2's, since Debian's sshd would want a real user's real password. Every command ends at once with
 * status 0; the commands are kept. It forwards connections, as a bastion does.
 */
export async function passwordServer(
  method: 'password' | 'keyboard-interactive',
  right: string,
): Promise<{ port: number; commands: string[]; stop(): void }> {
  const commands: string[] = [];
  const server = new Server({ hostKeys: [hostKey.privateKey] }, client => {
    client.on('error', () => undefined);
    client.on('authentication', request => {
      const judge = (password: string | undefined): void =>
        password === right ? request.accept() : request.reject([method]);
      if (request.method !== method) return request.reject([method]);
      if (request.method === 'password') return judge(request.password);
      if (request.method === 'keyboard-interactive') {
        request.prompt([{ prompt: 'Password:', echo: false }], answers => judge(answers[0]));
      }
    });
    client.on('tcpip', (accept, reject, { destIP, destPort }) => {
      const socket = net.connect(destPort, destIP, () => {
        const channel = accept();
        channel.on('error', () => undefined);
        channel.pipe(socket).pipe(channel);
      });
      socket.on('error', reject);
    });
    client.on('session', accept => {
      accept().once('exec', (accept, _reject, { command }) => {
        commands.push(command);
        const channel = accept();
        channel.exit(0);
        channel.end();
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  const address = server.address();
  return { port: address && typeof address === 'object' ? address.port : 0, commands, stop: () => server.close() };
}
