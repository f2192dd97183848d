import { GoldsmithError } from '../model/failure.ts';
import { algorithmOfLength, type Digest, isAlgorithm } from './checksum.ts';

/** `HEX  name` or `HEX *name` (GNU coreutils), and `SHA256 (name) = HEX` (BSD). */
const GNU = /^\\?([0-9a-fA-F]{32,128}) [ *](.+)$/;
const BSD = /^([A-Za-z0-9-]+) \((.+)\) = ([0-9a-fA-F]{32,128})$/;

/**
 * The digest a SHA256SUMS-like file gives for a name; the last part of the names in it counts.
 * @throws GoldsmithError `checksum-mismatch` when the file has no entry for the name, or two that differ
 */
export function digestFor(text: string, name: string, where: string): Digest {
  const entries = text.split(/\r?\n/).flatMap(line => parseLine(line.trim()));
  const found = entries.filter(entry => entry.name.split('/').at(-1) === name);
  const [first] = found;
  if (!first) {
    throw new GoldsmithError('checksum-mismatch', `${where} has no entry for ${name}.`, {
      hint: 'Is the ISO of the release that the checksum file is for?',
    });
  }
  if (found.some(({ digest }) => digest.algorithm === first.digest.algorithm && digest.hex !== first.digest.hex)) {
    throw new GoldsmithError('checksum-mismatch', `${where} has different entries for ${name}.`);
  }
  return first.digest;
}

function parseLine(line: string): { name: string; digest: Digest }[] {
  const gnu = GNU.exec(line);
  if (gnu) {
    const algorithm = algorithmOfLength(gnu[1]?.length ?? 0);
    return algorithm ? [{ name: gnu[2] ?? '', digest: { algorithm, hex: (gnu[1] ?? '').toLowerCase() } }] : [];
  }
  const bsd = BSD.exec(line);
  const algorithm = bsd?.[1]?.toLowerCase().replace('-', '') ?? '';
  return bsd && isAlgorithm(algorithm)
    ? [{ name: bsd[2] ?? '', digest: { algorithm, hex: (bsd[3] ?? '').toLowerCase() } }]
    : [];
}
