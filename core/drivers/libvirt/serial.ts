import { createWriteStream } from 'node:fs';
import type { Socket } from 'node:net';
import type { Connection } from './connection.ts';
import { listening } from './relay.ts';

/** A machine's serial port where its socket cannot be ours: kept in a file, and given to people at a socket of ours. */
export interface Serial {
  close(): void;
}

/**
 * Opens the console, and again after the connection was lost.
 * @param socket made here; whoever connects sees what comes from then on, and is heard
 */
export async function serveSerial(connection: Connection, uuid: string, log: string, socket: string): Promise<Serial> {
  const people = new Set<Socket>();
  const file = createWriteStream(log, { flags: 'a', mode: 0o600 });
  file.on('error', () => {}); // a full disk takes the log; the machine, and who looks at it, go on
  const open = () =>
    connection.openConsole(uuid, event => {
      if (event.kind !== 'console-data') return;
      file.write(event.data);
      for (const person of people) person.write(event.data);
    });
  let console = await open();
  const stop = connection.onEvent(event => {
    if (event.kind === 'restored') void open().then(again => (console = again));
  });
  const server = await listening({ path: socket }, person => {
    people.add(person);
    person.on('data', data => console.write(data));
    person.on('error', () => {}); // 'close' follows
    person.on('close', () => people.delete(person));
  });
  return {
    close: () => {
      stop();
      console.close();
      server.close();
      for (const person of people) person.destroy();
      file.end();
    },
  };
}
