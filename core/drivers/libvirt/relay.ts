import { createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { GoldsmithError } from '../../model/failure.ts';

/** An end of ours where whoever connects is led on. */
export interface Relay {
  /** 0 for a socket in the file system. */
  readonly port: number;
  close(): void;
}

/** Leads each who connects at `where` to what `dial` opens for him; one that cannot be opened is hung up. */
export async function relay(where: ListenOptions, dial: () => Promise<Duplex>): Promise<Relay> {
  const people = new Set<Socket>();
  const server = await listening(where, person => {
    people.add(person);
    person.on('error', () => {}); // 'close' follows
    person.on('close', () => people.delete(person));
    dial().then(
      other => join(person, other),
      () => person.destroy(),
    );
  });
  const address = server.address();
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    close: () => {
      server.close();
      for (const person of people) person.destroy();
    },
  };
}

function join(person: Socket, other: Duplex): void {
  other.on('error', () => person.destroy());
  other.on('close', () => person.destroy());
  person.on('close', () => other.destroy());
  if (person.destroyed) other.destroy();
  else person.pipe(other).pipe(person);
}

/** A socket of ours that is served by `greet`; it keeps no process alive. */
export async function listening(where: ListenOptions, greet: (person: Socket) => void): Promise<Server> {
  const server = createServer(greet);
  await new Promise<void>((resolve, reject) => {
    server.once('error', cause =>
      reject(
        new GoldsmithError('busy', `Nothing can listen at ${where.path ?? `port ${where.port}`}: ${cause.message}`),
      ),
    );
    server.listen(where, resolve);
  });
  server.unref();
  return server;
}
