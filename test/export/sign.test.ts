import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../core/exec.ts';
import { checkSums, isSigned, signSums } from '../../core/export/sign.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-sign-'));
const at = (name: string): string => path.join(dir, name);
const signal = new AbortController().signal;
const home = process.env['GNUPGHOME'];

beforeAll(async () => {
  process.env['GNUPGHOME'] = dir;
  const env = { GNUPGHOME: dir };
  const make = ['--batch', '--pinentry-mode', 'loopback', '--passphrase', '', '--quick-gen-key'];
  for (const who of ['one@example.org', 'two@example.org']) {
    await run('gpg', [...make, who, 'ed25519', 'sign'], { env });
    await run('gpg', ['--armor', '--output', at(`${who}.pub`), '--export', who], { env });
    await run('minisign', ['-G', '-W', '-p', at(`${who}.mpub`), '-s', at(`${who}.msec`)]);
  }
});
afterAll(async () => {
  await run('gpgconf', ['--kill', 'all'], { env: { GNUPGHOME: dir } });
  if (home === undefined) delete process.env['GNUPGHOME'];
  else process.env['GNUPGHOME'] = home;
  rmSync(dir, { recursive: true, force: true });
});

const kinds = [
  ['GnuPG', 'one@example.org', 'one@example.org.pub', 'two@example.org.pub'],
  ['minisign', at('one@example.org.msec'), 'one@example.org.mpub', 'two@example.org.mpub'],
] as const;

describe.each(kinds)('signed with %s', (kind, secret, own, other) => {
  const sums = at(`SUMS-${kind}`);

  it('is good by its own key, and by no other, and not after a change', async () => {
    writeFileSync(sums, `${'0'.repeat(64)}  disk.raw\n`);
    expect(await isSigned(sums)).toBe(false);
    expect(await checkSums(sums, at(own), signal)).toContain('no signature');
    await signSums(sums, secret, 'web-v1', signal);
    expect(await isSigned(sums)).toBe(true);
    expect(await checkSums(sums, at(own), signal)).toBeUndefined();
    expect(await checkSums(sums, at(other), signal)).toContain('not good');
    appendFileSync(sums, 'more\n');
    expect(await checkSums(sums, at(own), signal)).toContain('not good');
  });
});

it('says that a key cannot sign', async () => {
  writeFileSync(at('SUMS'), 'text\n');
  const signing = signSums(at('SUMS'), 'nobody@example.org', 'web-v1', signal);
  await expect(signing).rejects.toMatchObject({ code: 'signature-invalid' });
  expect(await isSigned(at('SUMS'))).toBe(false);
});
