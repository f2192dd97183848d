import { access, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../../exec.ts';
import { GoldsmithError } from '../../model/failure.ts';
import { download } from './archive-files.ts';
import { readFields } from './package-index.ts';

const DEBIAN_KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Finds hash and size of a file in the SHA256 list of a Release file. */
export function releaseEntry(release: string, name: string, suite: string): { sha256: string; sizeBytes: number } {
  const list = release.slice(release.indexOf('\nSHA256:'));
  const line = list.split('\n').find(entry => entry.startsWith(' ') && entry.endsWith(` ${name}`));
  const [, sha256, size] = /^ ([0-9a-f]{64}) +(\d+) /.exec(line ?? '') ?? [];
  if (sha256 && size) return { sha256, sizeBytes: Number(size) };
  throw new GoldsmithError('source-unreachable', `The archive's ${suite} does not list ${name}.`);
}

/**
 * The text of a Release file whose signature is good and which is of this suite. While the mirror cannot be reached,
 * the last good one serves: what is cached can then still be used.
 */
export async function signedRelease(
  url: string,
  suite: string,
  cacheDir: string,
  signal: AbortSignal,
): Promise<string> {
  const kept = path.join(cacheDir, `${url.replace(/[^A-Za-z0-9.-]+/g, '_')}.Release`);
  const fresh = `${kept}.${process.pid}`;
  try {
    const [release, signature] = await Promise.all([
      download(`${url}/Release`, signal),
      download(`${url}/Release.gpg`, signal),
    ]);
    await writeFile(fresh, release);
    await writeFile(`${fresh}.gpg`, signature);
    const text = await readSigned(fresh, suite, signal);
    await rename(fresh, kept);
    await rename(`${fresh}.gpg`, `${kept}.gpg`);
    return text;
  } catch (error) {
    const isUnreachable = error instanceof GoldsmithError && error.code === 'source-unreachable';
    if (isUnreachable && (await isThere(kept))) return await readSigned(kept, suite, signal);
    throw error;
  } finally {
    await rm(fresh, { force: true });
    await rm(`${fresh}.gpg`, { force: true });
  }
}

async function readSigned(file: string, suite: string, signal: AbortSignal): Promise<string> {
  await checkSignature(file, `${file}.gpg`, signal);
  const text = await readFile(file, 'utf8');
  const fields = readFields(text.slice(0, text.indexOf('\nMD5Sum:')));
  if (fields.get('Codename') === suite || fields.get('Suite') === suite) return text;
  throw new GoldsmithError(
    'signature-invalid',
    `The mirror's Release file is of ${fields.get('Codename')}, not ${suite}.`,
    {
      hint: 'Use another mirror.',
    },
  );
}

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

/**
 * Checks a detached signature by Debian's archive keys.
 * gpgv ends with 2 when only one of several signatures has an unknown key, so its status lines decide.
 */
async function checkSignature(file: string, signature: string, signal: AbortSignal): Promise<void> {
  await access(DEBIAN_KEYRING).catch(cause => {
    throw new GoldsmithError('host-lacks', `Debian's archive keys are not on this host: ${DEBIAN_KEYRING}.`, {
      hint: 'Install the package debian-archive-keyring.',
      cause,
    });
  });
  const args = ['--status-fd', '1', '--keyring', DEBIAN_KEYRING, signature, file];
  const { stdout, stderr } = await run('gpgv', args, { signal, okExitCodes: [0, 1, 2] });
  if (/^\[GNUPG:\] GOODSIG /m.test(stdout) && !/^\[GNUPG:\] BADSIG /m.test(stdout)) return;
  throw new GoldsmithError('signature-invalid', "The archive's Release file carries no good signature of Debian.", {
    hint: 'The mirror, or something between it and here, changes files. Use another mirror.',
    details: { lastLines: stderr.split('\n').slice(-10) },
  });
}
