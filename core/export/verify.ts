import { createHash } from 'node:crypto';
import { lstat, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { GoldsmithError, type Problem } from '../model/failure.ts';
import type { HandOffInfo } from '../model/hand-off.ts';
import { CHECKS } from './checks/table.ts';
import { MANIFEST, SUMS, sumLines } from './hand-off.ts';
import { hashOf } from './hash.ts';
import { checkSums as checkSignature, isSigned } from './sign.ts';
import { isTarget } from './targets.ts';

const schema = z.object({
  schema: z.literal(1),
  image: z.string(),
  version: z.string(),
  release: z.string(),
  virtualBytes: z.number(),
  diskBytes: z.array(z.number()).optional(),
  targets: z.array(z.object({ target: z.string(), files: z.array(z.string()) })),
  files: z.array(z.object({ file: z.string(), sha256: z.string() })),
});

/**
 * Checks a hand-off: every file against SHA256SUM, none too many or too few, and each format by its own rules.
 * @param key path of the public key that must have signed it: of minisign, or a file of OpenPGP keys
 * @throws GoldsmithError `not-found` when the folder is no hand-off
 */
export async function verifyHandOff(dir: string, signal: AbortSignal, key?: string): Promise<HandOffInfo> {
  const sums = await readText(dir, SUMS);
  const text = await readText(dir, MANIFEST);
  const manifest = schema.safeParse(parseJson(text));
  if (!manifest.success) throw notHandOff(dir, `${MANIFEST} is damaged`);
  const { expected, isDamaged } = expectedSums(sums, text, manifest.data.files);
  const damaged = isDamaged ? [wrong(dir, SUMS, `it is not as ${MANIFEST} says`)] : [];
  const problems = [...damaged, ...(await checkNames(dir, expected)), ...(await checkSums(dir, expected, signal))];
  const broken = new Set(problems.map(({ place }) => place?.file));
  for (const { target, files } of manifest.data.targets) {
    const rule = isTarget(target) ? CHECKS[target] : undefined;
    if (!rule) continue;
    const disks = manifest.data.diskBytes ?? [manifest.data.virtualBytes];
    for (const [nth, name] of files.filter(file => file.endsWith(rule.end)).entries()) {
      if (broken.has(path.join(dir, name)) || !expected.has(name)) continue;
      const found = await rule.check(path.join(dir, name), disks[nth] ?? manifest.data.virtualBytes);
      problems.push(...found.map(reason => wrong(dir, name, reason)));
    }
  }
  const { image, version, release } = manifest.data;
  const unsigned = key === undefined ? undefined : await checkSignature(path.join(dir, SUMS), key, signal);
  if (unsigned) problems.push({ ...wrong(dir, SUMS, unsigned), code: 'signature-invalid' });
  const unasked = (await isSigned(path.join(dir, SUMS))) ? 'unchecked' : 'none';
  const signature = key === undefined ? unasked : unsigned ? 'bad' : 'good';
  return { image, version, release, files: expected.size, signature, problems };
}

interface Sum {
  file: string;
  sha256: string;
}

/**
 * What the files must be. The manifest says it a second time, and SHA256SUM what the manifest must be: so where the
 * manifest is whole, every change of SHA256SUM itself is seen, and is not taken for a change of what it names.
 */
function expectedSums(
  sums: string,
  manifest: string,
  files: Sum[],
): { expected: Map<string, string>; isDamaged: boolean } {
  const said = parseSums(sums);
  const own = createHash('sha256').update(manifest).digest('hex');
  const whole = sumLines([...files, { file: MANIFEST, sha256: own }]);
  const isDamaged = said.get(MANIFEST) === own && sums !== whole;
  return { expected: isDamaged ? parseSums(whole) : said, isDamaged };
}

const parseSums = (text: string): Map<string, string> =>
  new Map(
    text
      .split('\n')
      .map(line => /^([0-9a-f]{64}) [ *](.+)$/.exec(line))
      .flatMap(match => (match ? [[match[2] ?? '', match[1] ?? ''] as const] : [])),
  );

/** Names that would leave the folder are never opened. */
async function checkNames(dir: string, expected: Map<string, string>): Promise<Problem[]> {
  const names = (await readdir(dir)).filter(name => name !== SUMS && !/^SHA256SUM\.(asc|minisig)$/.test(name));
  const extra = names.filter(name => !expected.has(name));
  return extra.map(name => wrong(dir, name, `it is not in ${SUMS}`));
}

async function checkSums(dir: string, expected: Map<string, string>, signal: AbortSignal): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const [name, sha256] of expected) {
    signal.throwIfAborted();
    const file = path.join(dir, name);
    const entry = path.basename(name) === name ? await lstat(file).catch(() => undefined) : undefined;
    if (path.basename(name) !== name) problems.push(wrong(dir, name, 'its name is no plain file name'));
    else if (!entry) problems.push(wrong(dir, name, 'it is missing'));
    else if (!entry.isFile()) problems.push(wrong(dir, name, 'it is no plain file'));
    else if ((await hashOf(file, 'sha256', signal)) !== sha256) {
      problems.push(wrong(dir, name, `it is not as ${SUMS} says`));
    }
  }
  return problems;
}

const wrong = (dir: string, name: string, reason: string): Problem => ({
  code: 'checksum-mismatch',
  severity: 'error',
  message: `${name}: ${reason}.`,
  place: { file: path.join(dir, name) },
});

const notHandOff = (dir: string, why: string): GoldsmithError =>
  new GoldsmithError('not-found', `${dir} is no hand-off of Goldsmith: ${why}.`, {
    hint: 'Name the folder that goldsmith export made.',
  });

const readText = (dir: string, name: string): Promise<string> =>
  readFile(path.join(dir, name), 'utf8').catch(() => {
    throw notHandOff(dir, `it has no ${name}`);
  });

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
