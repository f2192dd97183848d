import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEFAULTS, exportRelease } from '../../core/export/export.ts';
import { convertImage } from '../../core/media/qemu-img.ts';
import type { ReleaseInfo } from '../../core/model/image.ts';
import type { Manifest } from '../../core/model/manifest.ts';
import { TestScope } from '../guest/scope.ts';
import { makeGptDisk } from './gpt-disk.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-notes-'));
const at = (...parts: string[]): string => path.join(dir, ...parts);
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const release = {
  image: 'web',
  version: 'v1',
  id: `sha256:${'5'.repeat(64)}`,
  path: at('disk.qcow2'),
  dir,
  format: 'qcow2',
};
const manifest: Manifest = {
  schema: 1,
  image: 'web',
  version: 'v1',
  description: 'A web server',
  createdAt: '2026-01-01T00:00:00.000Z',
  disks: [],
  files: [],
  inputs: [],
  tools: {},
  timings: [],
  tests: [],
};

beforeAll(async () => {
  await makeGptDisk(at('disk.raw'), 40 * 1024 ** 2);
  await convertImage({ path: at('disk.raw'), format: 'raw' }, { path: release.path, format: 'qcow2' });
});

async function notesOf(about: Partial<Manifest>, out: string): Promise<string> {
  const whole = { ...manifest, ...about };
  await exportRelease(new TestScope(), release as ReleaseInfo, whole, ['azure', 'qcow2'], at(out), DEFAULTS);
  return readFileSync(at(out, 'HANDOFF.md'), 'utf8');
}

it('says what it is, how it was tested, what is here, how to check it and how to bring it in', async () => {
  const notes = await notesOf(
    {
      machine: {
        arch: 'x86_64',
        type: 'q35',
        firmware: 'efi',
        secureBoot: true,
        cpus: 2,
        memoryMiB: 512,
        diskInterface: 'virtio',
      },
      system: { id: 'debian', versionId: '13', name: 'Debian GNU/Linux 13 (trixie)', manager: 'deb' },
      packages: [{ name: 'bash', version: '5.2' }],
      tests: [
        { name: 'boots', ok: true, ms: 1 },
        { name: 'serves', ok: true, ms: 1 },
      ],
    },
    'tested',
  );
  for (const words of [
    'A web server',
    'Debian GNU/Linux 13 (trixie), 1 package.',
    'UEFI with Secure Boot',
    '2 of 2 tests passed: boots, serves',
    '| azure | web-v1-azure.vhd | 40.0 MiB | fixed VHD for Azure |',
    'sha256sum -c SHA256SUM',
    'goldsmith verify ./\n',
    './upload-azure.sh --dry-run',
    'hv_storvsc',
  ])
    expect(notes).toContain(words);
  expect(notes).not.toContain('### qcow2');
});

it('says so when nobody has booted it', async () => {
  expect(await notesOf({}, 'untested')).toContain('**Nobody has booted this image before it was handed on.**');
});
