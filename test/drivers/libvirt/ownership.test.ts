import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withConnection } from '../../../core/drivers/libvirt/connection.ts';
import { METADATA_URI } from '../../../core/drivers/libvirt/ownership.ts';
import { removeDomain } from '../../../core/drivers/libvirt/release.ts';
import { goldsmith } from '../../real/goldsmith.ts';
import { startLibvirt, type TestLibvirt } from './session.ts';

/** Nothing without our metadata is ever touched, whatever it is called. */

let libvirt: TestLibvirt;
const dir = mkdtempSync(path.join(tmpdir(), 'glo-'));
beforeAll(async () => {
  libvirt = await startLibvirt();
});
afterAll(async () => {
  await libvirt.stop();
  rmSync(dir, { recursive: true, force: true });
});

const virsh = (...args: string[]): string => execFileSync('virsh', ['-c', libvirt.uri, ...args], { encoding: 'utf8' });
const domains = (): string[] => virsh('list', '--all', '--name').split('\n').filter(Boolean).sort();

function define(name: string, metadata: string, command: 'define' | 'create' = 'define'): void {
  const file = path.join(dir, `${name}.xml`);
  writeFileSync(
    file,
    `<domain type="qemu"><name>${name}</name><metadata>${metadata}</metadata><memory unit="MiB">32</memory>
    <os><type arch="x86_64" machine="q35">hvm</type></os><features><acpi/></features></domain>`,
  );
  virsh(command, file);
}

const owner = (attributes: string, uri = METADATA_URI): string => `<g:owner xmlns:g="${uri}" ${attributes}/>`;

/** Everything that looks like ours and is not. */
const FOREIGN: Record<string, string> = {
  'goldsmith-no-metadata': '',
  'goldsmith-other-namespace': owner('id="x" kind="build"', `${METADATA_URI}0`),
  'goldsmith-other-element': `<g:label xmlns:g="${METADATA_URI}-labels">build</g:label>`,
  'goldsmith-without-kind': owner('id="x"'),
  'goldsmith-strange-kind': owner('id="x" kind="cattle"'),
  'goldsmith-virt-20260101-000000-abcd-install': '',
};

describe('ownership', () => {
  beforeAll(() => {
    for (const [name, metadata] of Object.entries(FOREIGN)) define(name, metadata);
    define('goldsmith-running-foreign', '', 'create');
  });
  const foreign = [...Object.keys(FOREIGN), 'goldsmith-running-foreign'].sort();

  it('keeps removal away from what is not ours, running or not', async () => {
    define('goldsmith-mine', owner('id="mine" kind="build"'), 'create');
    await withConnection(libvirt.uri, async connection => {
      for (const name of foreign) {
        const uuid = await connection.call('domainByName', name);
        expect(await removeDomain(connection, uuid)).toBe(false);
      }
      const mine = await connection.call('domainByName', 'goldsmith-mine');
      expect(await removeDomain(connection, mine)).toBe(true);
      expect(await removeDomain(connection, mine)).toBe(false); // safe to do twice
    });
    expect(domains()).toEqual(foreign);
    expect(virsh('domstate', 'goldsmith-running-foreign').trim()).toBe('running');
  });

  it('lists before it deletes, and leaves people’s machines and other homes alone', async () => {
    const home = path.join(dir, 'home');
    const folder = path.join(home, 'builds', 'left-20260101-000000-abcd');
    mkdirSync(folder, { recursive: true });
    const event = { type: 'started', build: path.basename(folder), image: 'left', version: '1', pid: 1 };
    writeFileSync(path.join(folder, 'journal.jsonl'), `${JSON.stringify({ ...event, seq: 1, at: '2026-01-01' })}\n`);
    define('goldsmith-left', owner('id="left-20260101-000000-abcd" kind="build"'), 'create');
    define('goldsmith-elsewhere', owner('id="other-20260101-000000-abcd" kind="build"'));
    define('goldsmith-person', owner('id="person" kind="vm"'));
    const env = { ...libvirt.env, GOLDSMITH_HOME: home };
    const clean = (...args: string[]) =>
      goldsmith(['clean', '--driver', 'libvirt', '--uri', libvirt.uri, ...args], dir, env);
    const everything = [...foreign, 'goldsmith-left', 'goldsmith-elsewhere', 'goldsmith-person'].sort();

    const listed = await clean('--dry-run');
    expect(listed.stdout).toContain('goldsmith-left');
    expect(listed.stdout).not.toMatch(/elsewhere|person|foreign|no-metadata/);
    expect(domains()).toEqual(everything);
    expect((await clean()).status).toBe(2); // nobody is there to be asked
    expect(domains()).toEqual(everything);
    expect((await clean('--yes')).stdout).toContain('Removed 1.');
    expect(domains()).toEqual(everything.filter(name => name !== 'goldsmith-left'));
    expect((await clean('--all', '--yes')).stdout).toContain('goldsmith-elsewhere');
    expect(domains()).toEqual([...foreign, 'goldsmith-person'].sort());
  });
});
