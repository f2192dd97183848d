import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../core/exec.ts';
import { verifySignature } from '../../core/media/signature.ts';
import { fetchSource, type SourceSpec } from '../../core/media/source.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-signature-test-'));
const file = (name: string): string => path.join(dir, name);
const signal = new AbortController().signal;
const told = { signal, emit: () => undefined };
const ISO = Buffer.from('an installer');
const SUMS = `${createHash('sha256').update(ISO).digest('hex')}  some.iso\n`;

const gpg = (home: string, ...args: string[]) =>
  run('gpg', ['--homedir', file(home), '--batch', '--yes', '--pinentry-mode', 'loopback', '--passphrase', '', ...args]);

/** A person with a key, and the keyring that a user of their files would pin. */
async function makeVendor(name: string): Promise<void> {
  mkdirSync(file(name), { mode: 0o700 });
  await gpg(name, '--quick-generate-key', `${name} <${name}@example.org>`, 'ed25519', 'sign', 'never');
  await gpg(name, '--output', file(`${name}.gpg`), '--export');
  await gpg(name, '--armor', '--output', file(`${name}.asc`), '--export');
}

let server: Server;
let base: string;
beforeAll(async () => {
  await makeVendor('vendor');
  await makeVendor('stranger');
  writeFileSync(file('some.iso'), ISO);
  writeFileSync(file('SUMS'), SUMS);
  writeFileSync(file('FORGED'), SUMS.replace(/^./, '0'));
  await gpg('vendor', '--armor', '--output', file('SUMS.sign'), '--detach-sign', file('SUMS'));
  await gpg('vendor', '--output', file('SUMS.binary'), '--detach-sign', file('SUMS'));
  await gpg('vendor', '--output', file('CLEAR'), '--clear-sign', file('SUMS'));
  writeFileSync(file('FORGED.sign'), readFileSync(file('SUMS.sign')));
  writeFileSync(file('UNSIGNED'), SUMS);
  server = createServer((request, response) => {
    try {
      response.end(readFileSync(file(path.basename(request.url ?? ''))));
    } catch {
      response.writeHead(404).end();
    }
  }).listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  rmSync(dir, { recursive: true, force: true });
});

const from = (sums: string, keyring: string, signature?: string): Promise<{ verifiedBy: string[] }> => {
  const spec: SourceSpec = {
    urls: [`${base}/some.iso`],
    checksum: `file:${base}/${sums}`,
    kind: 'iso',
    signedBy: { keyring: file(keyring), ...(signature ? { signature } : {}) },
  };
  return fetchSource(told, spec, file('cache'));
};

describe('the signature of a checksum file', () => {
  it.each([
    ['found beside it', 'SUMS', 'vendor.gpg'],
    ['with an armoured keyring', 'SUMS', 'vendor.asc'],
    ['inside the file itself', 'CLEAR', 'vendor.gpg'],
  ])('is accepted when good: %s', async (_, sums, keyring) => {
    const { verifiedBy } = await from(sums, keyring);
    expect(verifiedBy).toEqual(['sha256', expect.stringMatching(/^signature of [0-9A-F]{40}$/)]);
  });

  it.each(['SUMS.sign', 'SUMS.binary'])('is taken from where lab.yaml says: %s', async name => {
    await expect(from('UNSIGNED', 'vendor.gpg', `${base}/${name}`)).resolves.toBeDefined();
  });

  it.each([
    ['of another text', 'FORGED', 'vendor.gpg', 'is not what was signed'],
    ['by a key that is not pinned', 'SUMS', 'stranger.gpg', 'carries no good signature by a key of'],
    ['that is not there', 'UNSIGNED', 'vendor.gpg', 'has no signature'],
  ])('is refused: %s', async (_, sums, keyring, words) => {
    await expect(from(sums, keyring)).rejects.toMatchObject({
      code: 'signature-invalid',
      message: expect.stringContaining(words),
    });
  });

  it('believes nothing that stands outside a clear-signed part', async () => {
    const text = `${SUMS.replace('some', 'forged')}${readFileSync(file('CLEAR'), 'utf8')}`;
    const verified = await verifySignature({ text, where: 'CLEAR' }, file('vendor.gpg'), signal).catch(e => e);
    expect(verified.text ?? '').not.toContain('forged');
  });

  it('cannot be asked for where there is only a digest', async () => {
    const spec: SourceSpec = {
      urls: [file('some.iso')],
      checksum: SUMS.split(' ')[0] ?? '',
      kind: 'iso',
      signedBy: { keyring: file('vendor.gpg') },
    };
    await expect(fetchSource(told, spec, file('cache'))).rejects.toMatchObject({ code: 'bad-lab' });
  });
});
