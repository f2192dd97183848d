import { Socket } from 'node:net';
import type { Connection } from './connection.ts';
import { listening } from './serial.ts';

/** A machine's screen at a socket of ours: each who connects gets a descriptor of his own from libvirt. */
export async function serveScreen(connection: Connection, uuid: string, socket: string): Promise<{ close(): void }> {
  const server = await listening(socket, person => {
    person.on('error', () => {}); // 'close' follows
    void connection.call('domainOpenGraphics', uuid).then(
      fd => {
        const screen = new Socket({ fd, readable: true, writable: true });
        screen.on('error', () => person.destroy());
        person.on('close', () => screen.destroy());
        screen.on('close', () => person.destroy());
        person.pipe(screen).pipe(person);
      },
      () => person.destroy(),
    );
  });
  return { close: () => void server.close() };
}
