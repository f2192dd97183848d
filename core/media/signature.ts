import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from '../exec.ts';
import { GoldsmithError } from '../model/failure.ts';

/** Something signed, as it came: the text, and its detached signature when there is one. */
export interface Signed {
  text: string;
  /** Undefined: the text is clear-signed (RFC 9580, 7). */
  signature?: Buffer;
  /** Where both came from, for messages. */
  where: string;
}

/** What a good signature proves. */
export interface Verified {
  /** The text that was signed: of a clear-signed file only what stands inside. */
  text: string;
  /** Fingerprints of the keys whose signatures are good, in hex. */
  fingerprints: string[];
}

/** Ends of names under which vendors keep a detached signature beside a checksum file, by how many do. */
export const SIGNATURE_SUFFIXES = ['.sign', '.gpg', '.asc', '.sig'] as const;

const CLEAR_SIGNED = '-----BEGIN PGP SIGNED MESSAGE-----';

export const isClearSigned = (text: string): boolean => text.trimStart().startsWith(CLEAR_SIGNED);

/**
 * Checks a signature by the keys of one keyring and no others, with `gpgv`, or with `sqv` where there is no gpgv.
 * @param keyring a file of OpenPGP public keys, binary or armoured
 * @throws GoldsmithError `signature-invalid` when it is bad or by another key, `host-lacks` without a tool
 */
export async function verifySignature(signed: Signed, keyring: string, signal: AbortSignal): Promise<Verified> {
  const dir = await mkdtemp(path.join(tmpdir(), 'goldsmith-signature-'));
  try {
    const files = { keyring: path.join(dir, 'keyring.gpg'), text: path.join(dir, 'text'), out: path.join(dir, 'out') };
    await writeFile(files.keyring, await binaryKeys(keyring));
    await writeFile(files.text, signed.text);
    if (signed.signature === undefined) return await byGpgv(files, [files.text], signed, keyring, signal);
    const detached = path.join(dir, 'text.sig');
    await writeFile(detached, signed.signature);
    return await byGpgv(files, [detached, files.text], signed, keyring, signal).catch(error => {
      if (!isLacking(error)) throw error;
      return bySqv(files, detached, signed, keyring, signal);
    });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

interface Files {
  keyring: string;
  text: string;
  out: string;
}

/** gpgv ends with 2 when only one of several signatures has an unknown key, so its status lines decide (doc/DETAILS). */
async function byGpgv(
  { keyring, text, out }: Files,
  operands: string[],
  signed: Signed,
  named: string,
  signal: AbortSignal,
): Promise<Verified> {
  const isDetached = operands.length === 2;
  const output = isDetached ? [] : ['--output', out];
  const args = ['--status-fd', '1', '--keyring', keyring, ...output, ...operands];
  const { stdout, stderr } = await run('gpgv', args, { signal, okExitCodes: [0, 1, 2] });
  const fingerprints = [...stdout.matchAll(/^\[GNUPG:\] VALIDSIG ([0-9A-F]+) /gm)].map(match => match[1] ?? '');
  const isBad = /^\[GNUPG:\] (BADSIG|EXPKEYSIG|REVKEYSIG|EXPSIG) /m.test(stdout);
  if (isBad || fingerprints.length === 0) throw invalid(signed, named, isBad, stderr);
  return { text: await readFile(isDetached ? text : out, 'utf8'), fingerprints };
}

/** Sequoia's verifier prints the fingerprints of good signatures, and fails when there is none. */
async function bySqv(
  { keyring, text }: Files,
  detached: string,
  signed: Signed,
  named: string,
  signal: AbortSignal,
): Promise<Verified> {
  const { exitCode, stdout, stderr } = await run('sqv', ['--keyring', keyring, detached, text], {
    signal,
    okExitCodes: [0, 1],
  }).catch(cause => {
    if (!isLacking(cause)) throw cause;
    throw new GoldsmithError('host-lacks', `The signature of ${signed.where} cannot be checked: no gpgv and no sqv.`, {
      hint: 'Install gpgv, or sqv.',
      cause,
    });
  });
  const fingerprints = stdout.split('\n').filter(line => /^[0-9A-F]{40,}$/i.test(line));
  if (exitCode !== 0 || fingerprints.length === 0) throw invalid(signed, named, /[Bb]ad/.test(stderr), stderr);
  return { text: signed.text, fingerprints };
}

const isLacking = (error: unknown): boolean => error instanceof GoldsmithError && error.code === 'host-lacks';

const invalid = (signed: Signed, keyring: string, isBad: boolean, stderr: string): GoldsmithError =>
  new GoldsmithError(
    'signature-invalid',
    isBad
      ? `${signed.where} is not what was signed, or its key is no longer good.`
      : `${signed.where} carries no good signature by a key of ${keyring}.`,
    {
      hint: isBad
        ? 'It was changed on its way: take another mirror.'
        : 'Is the keyring the one of this vendor, and of this release?',
      details: { lastLines: stderr.split('\n').slice(-10) },
    },
  );

/** gpgv reads binary keyrings only: an armoured one is decoded (RFC 9580, 6), its checksum left to the packets. */
async function binaryKeys(keyring: string): Promise<Buffer> {
  const bytes = await readFile(keyring).catch(cause => {
    throw new GoldsmithError('bad-lab', `The keyring ${keyring} cannot be read.`, { cause });
  });
  const text = bytes.toString('latin1');
  if (!text.includes('-----BEGIN PGP PUBLIC KEY BLOCK-----')) return bytes;
  const blocks = text.matchAll(/-----BEGIN PGP PUBLIC KEY BLOCK-----([\s\S]*?)-----END PGP PUBLIC KEY BLOCK-----/g);
  return Buffer.concat([...blocks].map(([, inside = '']) => Buffer.from(armourBody(inside), 'base64')));
}

/** Base64 lines only: no headers (`Name: value`), and no checksum, which starts with `=`. */
const armourBody = (inside: string): string =>
  inside
    .split(/\r?\n/)
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('=') && !line.includes(': '))
    .join('');
