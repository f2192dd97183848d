import { GoldsmithError } from '../model/failure.ts';

/** One way to move bytes: SFTP where the guest has it, else its shell. */
export interface Carrier {
  writeFile(source: string | Buffer, remote: string, mode: number): Promise<void>;
  readFile(remote: string, local: string): Promise<void>;
  writeDir(local: string, remote: string): Promise<void>;
  readDir(remote: string, local: string): Promise<void>;
  close(): void;
}

/** The failure of a copy that the connection did not survive. */
export const lost = (): GoldsmithError =>
  new GoldsmithError('guest-unreachable', 'The connection to the guest was lost while copying.', {
    hint: 'If the guest was rebooting, give the provisioner before a pause_after, or this one a pause_before.',
  });

/** A copy that the guest refused. */
export const refusedCopy = (doing: string, reason: string, cause?: unknown): GoldsmithError =>
  new GoldsmithError('provision-failed', `${doing}: ${reason}`, {
    hint: HINTS.find(([pattern]) => pattern.test(reason))?.[1],
    cause,
  });

const HINTS: [RegExp, string][] = [
  [
    /permission denied/i,
    'The login user may not write there: copy to /tmp and move it with sudo in a shell provisioner.',
  ],
  [/no such file/i, 'Folders on the way are not made: make them first, in a shell provisioner.'],
  [/is a directory|^failure$/i, 'If the destination is a folder, end it with a slash.'],
];
