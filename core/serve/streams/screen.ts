import type { Host } from '../host.ts';
import { carry, connectSocket, machineOf } from './connect.ts';
import type { StreamIo } from './streams.ts';

/** RFB from QEMU's private socket, as it is: each viewer has a connection of its own. */
export async function screenStream(args: { machine: string }, host: Host, io: StreamIo): Promise<void> {
  const { vncSocket } = await machineOf(host, args.machine);
  await carry(await connectSocket(vncSocket, 'screen'), io);
}
