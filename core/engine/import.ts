import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../exec.ts';
import { readLayout } from '../export/gpt.ts';
import { sha256File } from '../media/checksum.ts';
import { type Inspected, inspectForeign } from '../media/foreign/inspect.ts';
import { isArchive, unpackOva } from '../media/foreign/ova.ts';
import type { OvfDescription } from '../media/foreign/ovf.ts';
import { convertInSandbox } from '../media/foreign/sandbox.ts';
import { imageInfo } from '../media/qemu-img.ts';
import type { Watch } from '../model/engine.ts';
import type { BuildEvent } from '../model/event.ts';
import { GoldsmithError } from '../model/failure.ts';
import type { ImportOptions, ReleaseInfo } from '../model/image.ts';
import type { ManifestMachine } from '../model/manifest.ts';
import { percentOf } from '../progress.ts';
import { sayingDiskFull } from '../store/durable.ts';
import { asVersionName } from '../store/names.ts';
import { describeDisk } from '../store/publish.ts';
import type { Store } from '../store/store.ts';
import { freeVersion } from '../store/version.ts';
import type { EngineDeps } from './deps.ts';
import { scopeOf } from './told.ts';

/** Where imports go: nobody has booted them, so `latest` is not moved. */
export const IMPORT_CHANNEL = 'imported';
const HEAD_SECTORS = 256;

interface Work {
  store: Store;
  dir: string;
  signal: AbortSignal;
  emit: (event: BuildEvent) => void;
}

/** See `Engine.importImage`. */
export async function importImage(
  deps: EngineDeps,
  file: string,
  options: ImportOptions,
  watch: Watch,
): Promise<ReleaseInfo> {
  const store = await deps.store();
  const image = options.image ?? asVersionName(path.basename(file, path.extname(file)));
  const stamp = new Date().toISOString().slice(0, 10).replaceAll('-', '.');
  const version = options.version ?? (await freeVersion(asVersionName(stamp), image, store)).version;
  await store.checkFree({ image, version, channel: IMPORT_CHANNEL });
  const dir = path.join(store.dir, '.candidates', `import-${randomUUID()}`);
  await mkdir(path.join(dir, 'unpacked'), { recursive: true, mode: 0o700 });
  try {
    return await sayingDiskFull(`the import of ${path.basename(file)}`, store.dir, () =>
      bringIn({ store, dir, ...scopeOf(watch) }, path.resolve(deps.cwd, file), { image, version }, options),
    );
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function bringIn(
  work: Work,
  file: string,
  name: { image: string; version: string },
  { sha256, description }: ImportOptions,
): Promise<ReleaseInfo> {
  const { store, dir, signal, emit } = work;
  const inspected = await inspectAll(work, file);
  const actual = await sha256File(file, { signal });
  if (sha256 !== undefined && sha256.toLowerCase() !== actual) throw otherFile(file, sha256, actual);
  const disks: string[] = [];
  for (const [nth, source] of inspected.disks.entries()) disks.push(await convert(work, source, nth));
  const [boot = ''] = disks;
  const bytes = inspected.disks.reduce((sum, disk) => sum + disk.virtualBytes, 0);
  emit({ type: 'note', message: `${path.basename(file)}: ${inspected.disks.length} disk(s), ${bytes} bytes in all.` });
  return store.publish(
    dir,
    {
      createdAt: new Date().toISOString(),
      description: description ?? `imported from ${path.basename(file)}`,
      disks: await Promise.all(disks.map(disk => describeDisk(disk, 'qcow2', { signal }))),
      files: [],
      machine: await machineOf(boot, dir, inspected.description, signal),
      inputs: [
        { kind: 'image', name: path.basename(file), sha256: actual, ...(sha256 ? { verifiedBy: ['sha256'] } : {}) },
      ],
      tools: {},
      timings: [],
      tests: [],
    },
    { ...name, channel: IMPORT_CHANNEL },
    { signal },
  );
}

async function inspectAll(
  { dir, signal }: Work,
  file: string,
): Promise<{ disks: Inspected[]; description?: OvfDescription }> {
  if (!(await isArchive(file))) return { disks: [await inspectForeign(file)] };
  const { description, disks } = await unpackOva(file, path.join(dir, 'unpacked'), signal);
  const inspected: Inspected[] = [];
  for (const disk of disks) {
    inspected.push(await inspectForeign(disk.path).catch(error => Promise.reject(named(error, disk.path, disk.name))));
  }
  return { disks: inspected, description };
}

/** The names of unpacked members are ours: a person knows the ones in the archive. */
function named(error: unknown, place: string, name: string): unknown {
  if (!(error instanceof GoldsmithError)) return error;
  return new GoldsmithError(error.code, error.message.replace(place, name), { hint: error.hint, cause: error });
}

async function convert({ dir, signal, emit }: Work, source: Inspected, nth: number): Promise<string> {
  const folder = path.join(dir, `converted-${nth}`);
  await mkdir(folder, { mode: 0o700 });
  const to = path.join(folder, nth === 0 ? 'disk.qcow2' : `disk-${nth}.qcow2`);
  const walls = await convertInSandbox({
    from: source,
    to,
    maxBytes: Math.ceil(source.virtualBytes * 1.01) + 64 * 1024 ** 2,
    signal,
    onProgress: percentOf({ emit }, path.basename(to)),
  });
  if (walls === 'limits')
    emit({ type: 'warning', message: 'bubblewrap does not work here: qemu-img ran with limits only.' });
  const made = await imageInfo({ path: to, format: 'qcow2' }, { signal });
  if (made.backing || made.virtualBytes > source.virtualBytes + 1024 ** 2) {
    throw new GoldsmithError('source-unsafe', `${source.path} became another disk than it claimed to be.`);
  }
  const place = path.join(dir, path.basename(to));
  await run('mv', ['--', to, place], { signal });
  return place;
}

/** What it asks for itself; else what its partition table lets start. */
async function machineOf(
  disk: string,
  dir: string,
  description: OvfDescription | undefined,
  signal: AbortSignal,
): Promise<ManifestMachine> {
  const head = path.join(dir, 'head.raw');
  const args = ['dd', '-f', 'qcow2', '-O', 'raw', 'bs=512', `count=${HEAD_SECTORS}`, `if=${disk}`, `of=${head}`];
  await run('qemu-img', args, { signal });
  const { hasEsp, hasBiosBoot } = await readLayout(head);
  const firmware = description?.firmware ?? (hasEsp && !hasBiosBoot ? 'efi' : 'bios');
  return {
    arch: 'x86_64',
    type: 'q35',
    firmware,
    cpus: description?.cpus ?? 2,
    memoryMiB: description?.memoryMiB ?? 2048,
    diskInterface: 'virtio',
  };
}

const otherFile = (file: string, expected: string, actual: string): GoldsmithError =>
  new GoldsmithError('checksum-mismatch', `${file} is not the file that its sha256 names.`, {
    details: { expected, actual },
  });
