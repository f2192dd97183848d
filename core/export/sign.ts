import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../exec.ts';
import { verifySignature } from '../media/signature.ts';
import { GoldsmithError } from '../model/failure.ts';

/** How both kinds of minisign's key files begin. */
const MINISIGN = 'untrusted comment:';

/** Ends of the signature's name beside the checksum file. */
const ENDS = { gpg: '.asc', minisign: '.minisig' } as const;

/**
 * Signs a checksum file, and by it everything that the file names.
 * @param key path of a secret key of minisign without a password, else the name of a key in GnuPG's keyring
 * @throws GoldsmithError `host-lacks`, or `signature-invalid` when the key cannot sign
 */
export async function signSums(sums: string, key: string, comment: string, signal: AbortSignal): Promise<void> {
  const signing = (await isMinisign(key))
    ? run('minisign', ['-S', '-s', key, '-t', comment, '-m', sums, '-x', sums + ENDS.minisign], { signal })
    : run('gpg', ['--batch', '--armor', '--local-user', key, '--output', sums + ENDS.gpg, '--detach-sign', sums], {
        signal,
        env: process.env['GNUPGHOME'] ? { GNUPGHOME: process.env['GNUPGHOME'] } : {},
      });
  await signing.catch(cause => {
    if (!(cause instanceof GoldsmithError) || cause.code !== 'program-failed') throw cause;
    throw new GoldsmithError('signature-invalid', `The key ${key} cannot sign: ${cause.message}`, {
      hint: 'Name a file that `minisign -G -W` made, or a secret key that `gpg -K` lists; nobody is asked for a password.',
      cause,
    });
  });
}

/** Whether there is a signature beside the checksum file. */
export async function isSigned(sums: string): Promise<boolean> {
  const there = await Promise.all(
    Object.values(ENDS).map(end =>
      access(sums + end).then(
        () => true,
        () => false,
      ),
    ),
  );
  return there.includes(true);
}

/**
 * Checks the signature of a checksum file by one key: minisign's public key file, or a file of OpenPGP public keys.
 * @returns what is wrong with it; undefined when it is good
 */
export async function checkSums(sums: string, key: string, signal: AbortSignal): Promise<string | undefined> {
  const byMinisign = await isMinisign(key);
  const signature = await readFile(sums + ENDS[byMinisign ? 'minisign' : 'gpg']).catch(() => undefined);
  if (!signature) return `it has no signature by a key of ${byMinisign ? 'minisign' : 'GnuPG'}`;
  const checked = byMinisign
    ? run('minisign', ['-V', '-q', '-p', key, '-m', sums, '-x', sums + ENDS.minisign], { signal })
    : verifySignature({ text: await readFile(sums, 'utf8'), signature, where: path.basename(sums) }, key, signal);
  return checked.then(
    () => undefined,
    error => {
      if (error instanceof GoldsmithError && ['program-failed', 'signature-invalid'].includes(error.code)) {
        return `its signature is not good: ${error.message}`;
      }
      throw error;
    },
  );
}

const isMinisign = (key: string): Promise<boolean> =>
  readFile(key, 'utf8').then(
    text => text.startsWith(MINISIGN),
    () => false,
  );
