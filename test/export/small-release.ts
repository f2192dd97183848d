import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import { run } from '../../core/exec.ts';
import { DEFAULTS, exportRelease } from '../../core/export/export.ts';
import type { HandOffManifest } from '../../core/export/hand-off.ts';
import { TARGETS } from '../../core/export/targets.ts';
import type { RootReader } from '../../core/export/work.ts';
import { convertImage } from '../../core/media/qemu-img.ts';
import type { TargetName } from '../../core/model/export.ts';
import type { ReleaseInfo } from '../../core/model/image.ts';
import type { Manifest } from '../../core/model/manifest.ts';
import { TestScope } from '../guest/scope.ts';
import { makeGptDisk } from './gpt-disk.ts';

const MIB = 1024 ** 2;
export const ALL = Object.keys(TARGETS) as TargetName[];
export const signal: AbortSignal = new AbortController().signal;

/** A small release with one disk, web@v1, and its exports. */
export interface SmallRelease {
  dir: string;
  at(...parts: string[]): string;
  release: ReleaseInfo;
  manifest: Manifest;
  readRoot: RootReader;
  make(targets: TargetName[], out: string): Promise<HandOffManifest>;
}

/** Makes the release in a folder of its own, which goes with the tests of the file. Its disk is `disk.raw` there, too. */
export async function makeSmallRelease(diskBytes: number): Promise<SmallRelease> {
  const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-export-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  const at = (...parts: string[]): string => path.join(dir, ...parts);
  await makeGptDisk(at('disk.raw'), diskBytes);
  await convertImage({ path: at('disk.raw'), format: 'raw' }, { path: at('disk.qcow2'), format: 'qcow2' });
  const release: ReleaseInfo = {
    image: 'web',
    version: 'v1',
    id: `sha256:${'5'.repeat(64)}`,
    path: at('disk.qcow2'),
    dir,
    format: 'qcow2',
    bytes: 0,
    virtualBytes: diskBytes,
    at: MANIFEST.createdAt,
    channels: ['latest'],
  };
  const readRoot: RootReader = (_, tar) => tarOfSmallRoot(at('root'), tar);
  const make: SmallRelease['make'] = (targets, out) =>
    exportRelease(new TestScope(), release, MANIFEST, targets, out, DEFAULTS, readRoot);
  return { dir, at, release, manifest: MANIFEST, readRoot, make };
}

const MANIFEST: Manifest = {
  schema: 1,
  image: 'web',
  version: 'v1',
  createdAt: '2026-01-01T00:00:00.000Z',
  disks: [],
  files: [],
  inputs: [{ kind: 'iso', name: 'some.iso', sha256: '0'.repeat(64) }],
  tools: { 'qemu-img': '10.0.2' },
  timings: [],
  tests: [{ name: 'boots', ok: true, ms: 1 }],
};

/** In place of the guest: a tar of a small root, in a file that is longer, as a disk is. */
async function tarOfSmallRoot(root: string, tar: string): Promise<number> {
  for (const folder of ['etc', 'bin']) mkdirSync(path.join(root, folder), { recursive: true });
  writeFileSync(path.join(root, 'etc', 'os-release'), 'ID=test\n');
  writeFileSync(path.join(root, 'bin', 'sh'), '#!\n', { mode: 0o755 });
  await run('tar', ['--sort=name', '--mtime=@0', '-cf', tar, '-C', root, '.']);
  const { size } = statSync(tar);
  truncateSync(tar, size + MIB);
  return size;
}

export const hash = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');
