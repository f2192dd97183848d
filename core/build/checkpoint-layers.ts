import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Driver } from '../drivers/driver.ts';
import type { BuildKeys } from '../guest/keys.ts';
import { convertImage, createImage, createOverlay, imageInfo } from '../media/qemu-img.ts';
import type { Checkpoint } from '../model/checkpoint.ts';
import { GoldsmithError } from '../model/failure.ts';
import type { Disk, Machine } from '../model/machine.ts';
import { makeDir, replaceFile, sync } from '../store/durable.ts';
import { packMemory, unpackMemory } from './checkpoint-memory.ts';
import type { Scope } from './scope.ts';
import type { StageRecord } from './stage-chain.ts';

const RECORD = 'layer.json';
const PARENT = 'parent';
const MEMORY = 'memory.zst';
const EFI_VARS = 'efivars.fd';

/** Parts of 4 KiB of a cluster are written on their own: a layer grows by what the guest writes, not sixteenfold. */
const OVERLAY = { cluster_size: '128k', extended_l2: 'on' };

const ZSTD = { compression_type: 'zstd' };

/** Where the guest was told to find us: the same again when it goes on in another process. */
export interface ServedAt {
  port: number;
  token?: string;
  logPort: number;
  packagesPort?: number;
  /** By our port, that of the machine's host which led to it, where that is another one. */
  carried?: Record<string, number>;
}

/**
 * What is needed to go on from a layer that was frozen: also by another process, and by a build of another image.
 * It holds the keys of the guest, as its memory does; the folders are for their owner only.
 */
export interface LayerRecord {
  schema: 1;
  checkpoint: Checkpoint;
  build: string;
  image: string;
  /** What ran the machine, and alone can read its memory; missing in older ones: qemu. */
  driver?: Driver['name'];
  /** Where that ran it, if its memory fits no machine elsewhere. */
  place?: string;
  /** The machine as it runs: its disks are this layer's. */
  machine: Machine;
  /** The machine of the build, without what only the installation needs. */
  plan: Machine;
  keys: BuildKeys;
  /** The only ones that the guest may show; empty before the first login. */
  hostKeys: string[];
  servedAt: ServedAt;
  /** What is in it; missing where that is not known, so that no other build begins from it. */
  stage?: StageRecord;
  /** The layer whose memory this one's is told by the differences from; missing: it is whole. */
  memoryBase?: string;
  /** Frozen: of another size or time, they are not what was frozen. */
  files: { name: string; bytes: number; mtimeMs: number }[];
}

/** A layer that is never written again. */
export const isFrozen = (dir: string): boolean => existsSync(path.join(dir, RECORD));

/**
 * The disks of builds, in layers: each is a folder with what was written between two checkpoints. A checkpoint freezes
 * the layer in use under its own name and puts a new one on it; going back puts another one on the same.
 */
export class Layers {
  constructor(readonly dir: string) {}

  path(id: string, ...names: string[]): string {
    return path.join(this.dir, id, ...names);
  }

  /** Its memory as it is kept. */
  memory(id: string): string {
    return this.path(id, MEMORY);
  }

  /** A copy of the UEFI variables as they were. */
  efiVars(id: string): string {
    return this.path(id, EFI_VARS);
  }

  /** A new folder, on a frozen layer or on nothing; it goes with the build unless it is frozen. */
  async begin(scope: Scope, parent?: string): Promise<string> {
    await makeDir(this.dir);
    const id = randomBytes(4).toString('hex');
    const dir = this.path(id);
    await scope.hold({ kind: 'layer', path: dir }, async () => {
      await mkdir(dir, { mode: 0o700 });
      if (parent !== undefined) await writeFile(path.join(dir, PARENT), parent);
    });
    return id;
  }

  /** Empty overlays of a machine's disks in a layer, as its disks from then on. */
  async overlay(id: string, disks: Disk[], signal: AbortSignal): Promise<Disk[]> {
    const above = disks.map(disk => ({ ...disk, path: this.path(id, `${disk.id}.qcow2`), format: 'qcow2' as const }));
    for (const [nth, disk] of disks.entries()) {
      await createOverlay(above[nth]?.path ?? '', disk.path, disk.format, { signal, options: OVERLAY });
    }
    return above;
  }

  /** Empty raw disks of the same sizes in a layer. */
  async empty(id: string, disks: Disk[], signal: AbortSignal): Promise<Disk[]> {
    const flat = disks.map(disk => ({ ...disk, path: this.path(id, `${disk.id}.raw`), format: 'raw' as const }));
    for (const [nth, disk] of disks.entries()) {
      // The image is in use; only its header is read, which does not change.
      const { virtualBytes } = await imageInfo(disk, { signal, isInUse: true });
      await createImage({ path: flat[nth]?.path ?? '', format: 'raw' }, virtualBytes, { signal });
    }
    return flat;
  }

  /** From here on the layer is a checkpoint. */
  async freeze(id: string, record: Omit<LayerRecord, 'schema' | 'files'>): Promise<LayerRecord> {
    const names = (await readdir(this.path(id))).filter(name => name !== RECORD && name !== PARENT).sort();
    const files = await Promise.all(names.map(async name => ({ name, ...(await stamp(this.path(id, name))) })));
    const whole: LayerRecord = { schema: 1, ...record, files };
    await replaceFile(this.path(id, RECORD), `${JSON.stringify(whole)}\n`);
    return whole;
  }

  /**
   * Keeps a saved memory in a layer that is not frozen yet.
   * @param base of the same boot, as it was: only what differs from it is kept
   * @returns what that takes of the host's disk
   */
  async keepMemory(id: string, memory: string, base: string | undefined, signal: AbortSignal): Promise<number> {
    await packMemory(memory, base, this.memory(id), `${memory}.scratch`, signal);
    return (await stat(this.memory(id))).size;
  }

  /** Makes a layer's whole memory again, at `to`. @throws GoldsmithError `not-found` where it has none */
  async wholeMemory({ checkpoint, memoryBase }: LayerRecord, to: string, signal: AbortSignal): Promise<void> {
    if (memoryBase !== undefined) await this.wholeMemory(await this.read(memoryBase), to, signal);
    await unpackMemory(this.memory(checkpoint.id), to, `${to}.scratch`, signal);
  }

  /**
   * Compresses the disks of a frozen layer, which no machine uses now; those that stand on it read the same.
   * Only overlays: what stands on a raw disk names it so.
   */
  async compressDisks(id: string, signal: AbortSignal): Promise<void> {
    const record = await this.read(id);
    for (const { path: disk, format } of record.machine.disks) {
      if (format !== 'qcow2' || path.dirname(disk) !== this.path(id)) continue;
      const compressed = `${disk}.new`;
      const { backing } = await imageInfo({ path: disk, format });
      await convertImage(
        { path: disk, format },
        { path: compressed, format },
        { signal, isBackground: true, isCompressed: true, options: ZSTD, ...(backing ? { backing } : {}) },
      );
      await rename(compressed, disk);
    }
    const { schema: _, files: __, ...rest } = record;
    await this.freeze(id, rest);
  }

  /** Puts a frozen layer on the disk for good: a stage that later builds begin from must survive a power cut. */
  async sync(id: string): Promise<void> {
    const { files } = await this.read(id);
    for (const { name } of files) await sync(this.path(id, name));
    await sync(this.path(id));
  }

  /** Somebody goes on from it: what was used least recently is given up first. */
  async touch(id: string, now: Date): Promise<void> {
    await utimes(this.path(id, RECORD), now, now);
  }

  /** When it was made, or last gone on from; milliseconds since 1970. */
  async usedMs(id: string): Promise<number> {
    return (await stat(this.path(id, RECORD))).mtimeMs;
  }

  /** @throws GoldsmithError `not-found` when it was given up */
  async read(id: string): Promise<LayerRecord> {
    const text = await readFile(this.path(id, RECORD), 'utf8').catch(cause => {
      throw new GoldsmithError('not-found', `There is no checkpoint ${id}.`, {
        hint: 'It was given up for space, or removed. goldsmith checkpoints BUILD lists those that are there.',
        cause,
      });
    });
    return JSON.parse(text) as LayerRecord;
  }

  /** The layer and those below it, the lowest first. */
  async chain(id: string): Promise<LayerRecord[]> {
    const record = await this.read(id);
    const { parent } = record.checkpoint;
    return parent === undefined ? [record] : [...(await this.chain(parent)), record];
  }

  /**
   * Makes sure that a checkpoint and all below it are as they were frozen.
   * @throws GoldsmithError `not-found`, `store-damaged`
   */
  async verify(id: string): Promise<LayerRecord> {
    const chain = await this.chain(id);
    for (const { checkpoint, files } of chain) {
      for (const { name, bytes, mtimeMs } of files) {
        const now = await stamp(this.path(checkpoint.id, name)).catch(() => undefined);
        if (now?.bytes === bytes && now.mtimeMs === mtimeMs) continue;
        throw new GoldsmithError('store-damaged', `The checkpoint ${checkpoint.id} is damaged: ${name} was changed.`, {
          hint: 'Go back to another one, or build again with --no-cache.',
        });
      }
    }
    const record = chain.at(-1);
    if (record) return record;
    throw new GoldsmithError('not-found', `There is no checkpoint ${id}.`);
  }

  /** Every layer that was frozen, in no order. */
  async frozen(): Promise<LayerRecord[]> {
    const names = await readdir(this.dir).catch(() => []);
    const records = await Promise.all(names.map(id => this.read(id).catch(() => undefined)));
    return records.filter(record => record !== undefined);
  }

  /** What the layers in use stand on. */
  async parentsInUse(): Promise<string[]> {
    const names = await readdir(this.dir).catch(() => []);
    const live = names.filter(name => !isFrozen(this.path(name)));
    const parents = await Promise.all(live.map(name => readFile(this.path(name, PARENT), 'utf8').catch(() => '')));
    return parents.filter(parent => parent !== '');
  }
}

async function stamp(file: string): Promise<{ bytes: number; mtimeMs: number }> {
  const { size, mtimeMs } = await stat(file);
  return { bytes: size, mtimeMs };
}
