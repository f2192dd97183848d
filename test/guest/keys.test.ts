import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { utils } from 'ssh2';
import { expect, it } from 'vitest';
import { keyBody, makeBuildKeys, makeKeyPair } from '../../core/guest/keys.ts';

const parsed = (text: string) => {
  const key = utils.parseKey(text);
  if (key instanceof Error || Array.isArray(key)) throw new Error(String(key));
  return key;
};

it('makes keys of which every one signs what its public half verifies, zero bytes at the edges included', () => {
  const message = Buffer.from('message');
  for (let edges = 0, count = 0; edges < 6; count++) {
    const pair = makeKeyPair('c');
    const point = Buffer.from(keyBody(pair.publicLine), 'base64').subarray(-32);
    const isEdge = point[0] === 0 || point[31] === 0;
    if (isEdge) edges++;
    if (!isEdge && count > 50) continue;
    expect(parsed(pair.publicLine).verify(message, parsed(pair.privateKey).sign(message))).toBe(true);
  }
});

it('writes what ssh-keygen reads, and the same public key comes out', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-keys-'));
  for (const comment of ['a', 'ab', 'longer comment', 'x'.repeat(7)]) {
    const file = path.join(dir, `key${comment.length}`);
    const pair = makeKeyPair(comment);
    writeFileSync(file, pair.privateKey, { mode: 0o600 });
    const { stdout } = spawnSync('ssh-keygen', ['-y', '-P', '', '-f', file], { encoding: 'utf8' });
    expect(stdout.trim()).toBe(pair.publicLine);
  }
  rmSync(dir, { recursive: true });
});

it('makes two different keys for a build, named after it', () => {
  const keys = makeBuildKeys('b1');
  expect(keys.clientKey.publicLine).toMatch(/^ssh-ed25519 AAAA\S+ goldsmith-b1$/);
  expect(keyBody(keys.clientKey.publicLine)).not.toBe(keyBody(keys.hostKey.publicLine));
});
