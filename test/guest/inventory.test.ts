import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Guest } from '../../core/guest/guest.ts';
import { MANAGERS, parseInventory, readInventory } from '../../core/guest/inventory.ts';
import { TestScope } from './scope.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-inventory-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** A guest whose shell is this machine's. */
function hereAsGuest(env: Record<string, string> = {}): Guest {
  const exec: Guest['exec'] = async (command, options) => {
    const out = execFileSync('sh', ['-c', command], { env: { ...process.env, ...env } }).toString();
    for (const line of out.trimEnd().split('\n')) options?.onLine?.(line, 'stdout');
    return { exitCode: 0, disconnected: false, started: true };
  };
  return { exec } as Partial<Guest> as Guest;
}

describe('what is installed in a guest', () => {
  it('is on this machine what dpkg itself says', async () => {
    const scope = new TestScope();
    const inventory = await readInventory(scope, hereAsGuest());
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is dpkg-query's
    const format = '${db:Status-Status} ${Package} ${Version} ${Architecture}\\n';
    const told = execFileSync('dpkg-query', ['-W', '-f', format]).toString().trim().split('\n');
    const wanted = told.filter(line => line.startsWith('installed ')).map(line => line.slice('installed '.length));
    const read = (inventory?.packages ?? []).map(({ name, version, arch }) => `${name} ${version} ${arch}`);
    expect(read.length).toBeGreaterThan(100);
    expect(read.sort()).toEqual(wanted.sort());
    expect(inventory?.system).toMatchObject({ id: 'debian', manager: 'deb', name: expect.stringContaining('Debian') });
    expect(scope.events).toEqual([expect.objectContaining({ type: 'note' })]);
  });

  it('is read from the database of apk', () => {
    const database = path.join(dir, 'installed');
    writeFileSync(
      database,
      'C:Q1\nP:musl\nV:1.2.5-r9\nA:x86_64\nL:MIT\no:musl\n\nC:Q1\nP:libcrypto3\nV:3.3.3-r0\nA:x86_64\nL:Apache-2.0\no:openssl\n',
    );
    const command = MANAGERS.apk.list.replaceAll('/lib/apk/db/installed', database);
    const lines = execFileSync('sh', ['-c', command]).toString().trim().split('\n');
    const told = [...lines.map(line => `@package ${line}`), '@system apk', '@system id alpine 3.21.3'];
    expect(parseInventory(told)).toEqual({
      system: { id: 'alpine', versionId: '3.21.3', manager: 'apk' },
      packages: [
        { name: 'libcrypto3', version: '3.3.3-r0', arch: 'x86_64', source: 'openssl', license: 'Apache-2.0' },
        { name: 'musl', version: '1.2.5-r9', arch: 'x86_64', license: 'MIT' },
      ],
    });
  });

  it('is split into name and version as OpenBSD writes them', () => {
    const [, sed = ''] = MANAGERS.openbsd.list.split(' | ');
    const input = 'curl-8.13.0\nquirks-7.103\nvim-9.1.1265-no_x11\npy3-six-1.17.0p1\n';
    expect(execFileSync('sh', ['-c', sed], { input }).toString()).toBe(
      'curl 8.13.0 - - -\nquirks 7.103 - - -\nvim 9.1.1265 - - -\npy3-six 1.17.0p1 - - -\n',
    );
  });

  it('is unknown, and that is told, when the guest does not come to its end', async () => {
    expect(parseInventory(['@package bash 5.2 amd64 - -'])).toBeUndefined();
    const scope = new TestScope();
    const silent = { exec: async () => ({ exitCode: 127, disconnected: false, started: true }) };
    expect(await readInventory(scope, silent as Partial<Guest> as Guest)).toBeUndefined();
    expect(scope.events).toEqual([expect.objectContaining({ type: 'warning' })]);
  });

  it('ignores what a login shell says', () => {
    const told = ['Welcome!', '@package zlib1g 1:1.3 amd64 zlib -', '@system deb', '@system id debian 13'];
    expect(parseInventory(told)?.packages).toEqual([
      { name: 'zlib1g', version: '1:1.3', arch: 'amd64', source: 'zlib' },
    ]);
  });
});
