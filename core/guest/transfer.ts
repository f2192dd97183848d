import { type Carrier, lost } from './carrier.ts';
import type { Connection } from './connection.ts';
import { SftpCarrier } from './sftp.ts';
import { ShellCarrier } from './shell-carrier.ts';

/** Guests whose SSH server has no file transfer subsystem (dropbear without sftp-server). */
const WITHOUT_SFTP = new WeakSet<Connection>();

/**
 * Opens the best carrier. @throws GoldsmithError `guest-unreachable` when the connection is lost
 */
export async function openCarrier(connection: Connection, signal: AbortSignal): Promise<Carrier> {
  signal.throwIfAborted();
  if (WITHOUT_SFTP.has(connection)) return new ShellCarrier(connection, signal);
  const sftp = await connection.openSftp().catch(() => {
    WITHOUT_SFTP.add(connection);
    return undefined;
  });
  if (sftp) return new SftpCarrier(sftp, connection, signal);
  if (connection.isClosed) throw lost();
  return new ShellCarrier(connection, signal);
}
