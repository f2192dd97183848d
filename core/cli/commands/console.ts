import { connect } from 'node:net';
import type { Command } from 'commander';
import { GoldsmithError } from '../../model/failure.ts';
import type { Session } from '../session.ts';

/** Ctrl-], as telnet and virsh have it. */
const LEAVE = 0x1d;

export function register(program: Command, session: Session): void {
  program
    .command('console <machine>')
    .description('Attach to the serial console of a running machine or build. Ctrl-] leaves.')
    .option('--json', 'print only where the console is', false)
    .action(async (machine: string, { json }: { json: boolean }) => {
      session.isJson = json;
      const place = await (await session.engine()).console(machine);
      if (json) return session.json(place);
      session.line('Connected. Ctrl-] leaves.');
      await attach(place.serialSocket);
    });
}

function attach(socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const { stdin, stdout } = process;
    const socket = connect(socketPath);
    const leave = (): void => {
      if (stdin.isTTY) stdin.setRawMode(false);
      stdin.pause();
      socket.destroy();
      resolve();
    };
    if (stdin.isTTY) stdin.setRawMode(true);
    stdin.on('data', (data: Buffer) => (data.includes(LEAVE) ? leave() : socket.write(data)));
    socket.on('data', data => stdout.write(data));
    socket.on('close', leave);
    socket.on('error', cause =>
      reject(new GoldsmithError('not-found', `The console cannot be reached: ${cause.message}.`, { cause })),
    );
  });
}
