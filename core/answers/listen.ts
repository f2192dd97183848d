import type { Server } from 'node:http';
import { type AddressInfo, isIP } from 'node:net';
import { GoldsmithError } from '../model/failure.ts';

/** The unspecified addresses as a URL writes them, whatever their spelling. */
const WILDCARDS: ReadonlySet<string> = new Set(['0.0.0.0', '[::]', '[::ffff:0:0]']);

/** An address as it stands in a URL: IPv6 in brackets and in its shortest form. */
export const inUrl = (address: string): string =>
  isIP(address) === 6 ? new URL(`http://[${address}]`).hostname : address;

/** @throws GoldsmithError `usage` for all interfaces, or what is no address */
export function requireOneAddress(bind: string): void {
  if (isIP(bind) !== 0 && !WILDCARDS.has(inUrl(bind))) return;
  const reason = isIP(bind) === 0 ? `${JSON.stringify(bind)} is no address` : `${bind} means all interfaces`;
  throw new GoldsmithError('usage', `The answer server cannot listen there: ${reason}.`, {
    hint: 'Answers may hold secrets: give the one address that the guest reaches, usually 127.0.0.1.',
  });
}

/**
 * Listens on a free port, beginning at a random one of the range so that two builds seldom meet.
 * @returns the port
 * @throws GoldsmithError `busy` when every port is taken, `host-lacks` when the address is not one of this host
 */
export async function listenInRange(
  server: Server,
  { bind, portMin, portMax }: { bind: string; portMin: number; portMax: number },
): Promise<number> {
  const count = portMax - portMin + 1;
  const start = Math.floor(Math.random() * count);
  for (let step = 0; step < count; step++) {
    const port = portMin + ((start + step) % count);
    if (await tryListen(server, bind, port)) return (server.address() as AddressInfo).port;
  }
  throw new GoldsmithError('busy', `No port from ${portMin} to ${portMax} is free on ${bind}.`, {
    hint: 'Widen http_port_min and http_port_max in the recipe, or end what listens there.',
  });
}

/** What says that the port, and not the address, cannot be had. */
const TAKEN: ReadonlySet<string | undefined> = new Set(['EADDRINUSE', 'EACCES']);

function tryListen(server: Server, host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      server.off('listening', onListening);
      if (TAKEN.has(error.code)) resolve(false);
      else reject(notOurs(host, error));
    };
    const onListening = (): void => {
      server.off('error', onError);
      resolve(true);
    };
    server.once('error', onError);
    server.once('listening', onListening);
    server.listen(port, host);
  });
}

const notOurs = (host: string, cause: Error): GoldsmithError =>
  new GoldsmithError('host-lacks', `Cannot serve answers on ${host}: ${cause.message}.`, {
    hint: 'It has to be an address of this host; see `ip address`.',
    cause,
  });
