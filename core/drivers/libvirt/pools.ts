import type { Connection } from './connection.ts';
import { openPool } from './storage.ts';
import type { Tunnel } from './tunnel.ts';

/** Where a session's libvirt keeps images (XDG base directories), asked of the host it is on. */
const SESSION_POOL = `printf %s "\${XDG_DATA_HOME:-$HOME/.local/share}/libvirt/images/goldsmith"`;

/** The chosen pool, or our own: beside the images of whoever that libvirt runs as. @throws GoldsmithError as `openPool` */
export async function poolOf(
  connection: Connection,
  uri: string,
  chosen: string | undefined,
  tunnel: Tunnel | undefined,
): Promise<string> {
  const isSession = tunnel !== undefined && new URL(uri).pathname === '/session';
  return openPool(connection, chosen, isSession ? await tunnel.ask(SESSION_POOL) : undefined);
}
