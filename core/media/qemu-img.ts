import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { type RunOptions, run } from '../exec.ts';
import { GoldsmithError } from '../model/failure.ts';

/**
 * The one place that calls qemu-img. Every call names the format of every file: qemu-img never guesses, so a raw disk
 * with a qcow2 header stays raw (CVE-2026-24708), and a file name is never taken for a protocol or for options.
 */

/** Names of QEMU's format drivers (`vpc` is VHD). */
export const QEMU_FORMATS = ['raw', 'qcow2', 'vpc', 'vhdx', 'vmdk', 'vdi', 'luks'] as const;
export type QemuFormat = (typeof QEMU_FORMATS)[number];

/** A disk image: an absolute path (others are taken from the working directory) and what it is. */
export interface DiskFile {
  path: string;
  format: QemuFormat;
}

export interface DiskCall {
  signal?: AbortSignal;
  /** Format options as qemu-img's `-o` takes them, e.g. `{ subformat: 'fixed' }`. */
  options?: Record<string, string>;
  /** Raw switches of a recipe (`qemu_img_args`), put before the file names. */
  extraArgs?: string[];
}

export interface ConvertCall extends DiskCall {
  /** Compress clusters (`-c`); the algorithm is the option `compression_type`. */
  isCompressed?: boolean;
  /** Only what lies above this image is written, which the new one stands on: that of the source, with the same content. */
  backing?: { path: string; format: string | undefined };
  /** `fraction` goes from 0 to 1. */
  onProgress?: (fraction: number) => void;
  /** Nobody waits for it. */
  isBackground?: boolean;
}

/** What qemu-img says of an image; sizes in bytes. */
export interface DiskInfo {
  format: string;
  virtualBytes: number;
  /** Allocated on the host's disk. */
  actualBytes: number;
  backing?: { path: string; format: string | undefined };
}

/**
 * Creates an empty disk image.
 * @throws GoldsmithError `exists` when the file is there, `disk-full`, `program-failed`
 */
export async function createImage(image: DiskFile, sizeBytes: number, call: DiskCall = {}): Promise<void> {
  const args = ['create', '-q', '-f', image.format, ...optionArgs(call), ...(call.extraArgs ?? [])];
  await writeNew(image.path, call, [...args, fileName(image.path), String(sizeBytes)]);
}

/**
 * Creates a qcow2 that holds only the differences to `backing`, which must never be written again.
 * `sizeBytes` larger than the backing file's grows the disk.
 * @throws GoldsmithError `exists`, `not-found`, `disk-full`, `program-failed`
 */
export async function createOverlay(
  out: string,
  backing: string,
  backingFormat: QemuFormat,
  call: DiskCall & { sizeBytes?: number } = {},
): Promise<void> {
  await mustExist(backing);
  const args = ['create', '-q', '-f', 'qcow2', ...optionArgs(call), ...(call.extraArgs ?? [])];
  const size = call.sizeBytes === undefined ? [] : [String(call.sizeBytes)];
  await writeNew(out, call, [...args, '-b', fileName(backing), '-F', backingFormat, fileName(out), ...size]);
}

const infoSchema = z.object({
  format: z.string(),
  'virtual-size': z.number(),
  'actual-size': z.number().default(0),
  'full-backing-filename': z.string().optional(),
  'backing-filename-format': z.string().optional(),
});

/**
 * Reads the header of an image with the driver named by its format, and nothing behind it.
 * An image from a stranger has to pass `requireImage` first. `isInUse`: a running machine writes to it.
 * @throws GoldsmithError `not-found`, `source-unsafe` when it is not of that format
 */
export async function imageInfo(image: DiskFile, call: DiskCall & { isInUse?: boolean } = {}): Promise<DiskInfo> {
  await mustExist(image.path);
  const args = ['info', ...(call.isInUse ? ['-U'] : []), '-f', image.format, '--output=json', fileName(image.path)];
  const result = await qemuImg(args, { ...signalOf(call), okExitCodes: [0, 1] });
  if (result.exitCode !== 0) {
    throw new GoldsmithError('source-unsafe', `${image.path} cannot be read as ${image.format}.`, {
      details: { command: ['qemu-img', ...args].join(' '), lastLines: result.stderr.split('\n').slice(-5) },
    });
  }
  const info = infoSchema.parse(JSON.parse(result.stdout));
  const backing = info['full-backing-filename'];
  return {
    format: info.format,
    virtualBytes: info['virtual-size'],
    actualBytes: info['actual-size'],
    ...(backing === undefined ? {} : { backing: { path: backing, format: info['backing-filename-format'] } }),
  };
}

/**
 * Writes the content of one image as another, in any format. The target is new; what a failure leaves is removed.
 * @throws GoldsmithError `exists`, `not-found`, `disk-full`, `program-failed`
 */
export async function convertImage(from: DiskFile, to: DiskFile, call: ConvertCall = {}): Promise<void> {
  await mustExist(from.path);
  const { backing, isBackground = false } = call;
  const below = backing ? ['-B', fileName(backing.path), '-F', backing.format ?? 'raw'] : [];
  const switches = [...(call.isCompressed ? ['-c'] : []), ...optionArgs(call), ...below, ...(call.extraArgs ?? [])];
  const args = ['convert', '-p', '-f', from.format, '-O', to.format, ...switches];
  const more = { isBackground, onOutput: progressReader(call.onProgress) };
  await writeNew(to.path, call, [...args, fileName(from.path), fileName(to.path)], more);
}

/**
 * Writes into a qcow2 what it stands on, and nothing else: the same content has another path now.
 * @throws GoldsmithError `not-found`, `program-failed`
 */
export async function renameBacking(image: string, backing: DiskFile, call: DiskCall = {}): Promise<void> {
  await mustExist(image);
  const below = ['-b', fileName(backing.path), '-F', backing.format];
  await qemuImg(['rebase', '-u', '-f', 'qcow2', ...below, fileName(image)], signalOf(call));
}

/**
 * Sets the size of a disk. Smaller needs `canShrink`, since it cuts content off.
 * @throws GoldsmithError `not-found`, `disk-full`, `program-failed`
 */
export async function resizeImage(
  image: DiskFile,
  sizeBytes: number,
  call: DiskCall & { canShrink?: boolean } = {},
): Promise<void> {
  await mustExist(image.path);
  const shrink = call.canShrink ? ['--shrink'] : [];
  const args = ['resize', '-q', '-f', image.format, ...shrink, ...(call.extraArgs ?? [])];
  await qemuImg([...args, fileName(image.path), String(sizeBytes)], signalOf(call));
}

/**
 * Compares what a guest would read of two images. Zeros at the end of the longer one are no difference, since some
 * formats round sizes up.
 * @throws GoldsmithError `not-found`, `program-failed` when one of them cannot be read
 */
export async function compareImages(
  a: DiskFile,
  b: DiskFile,
  call: DiskCall & { onProgress?: (fraction: number) => void } = {},
): Promise<{ isSame: true } | { isSame: false; difference: string }> {
  await Promise.all([mustExist(a.path), mustExist(b.path)]);
  const args = ['compare', '-p', '-f', a.format, '-F', b.format, fileName(a.path), fileName(b.path)];
  const result = await qemuImg(args, {
    ...signalOf(call),
    okExitCodes: [0, 1],
    onOutput: progressReader(call.onProgress),
  });
  if (result.exitCode === 0) return { isSame: true };
  return { isSame: false, difference: result.stdout.split(/[\r\n]+/).findLast(isNoProgress) ?? 'the content differs' };
}

/**
 * Checks the structure of an image, not its content: a damaged file may pass. Formats without a check pass.
 * @throws GoldsmithError `not-found`, `program-failed` when it cannot be read at all
 */
export async function checkImage(image: DiskFile, call: DiskCall = {}): Promise<{ isSound: boolean; report: string }> {
  await mustExist(image.path);
  const args = ['check', '-f', image.format, fileName(image.path)];
  // 0 sound, 2 corrupt, 3 leaked clusters (harmless), 63 the format has no check (qemu-img(1))
  const result = await qemuImg(args, { ...signalOf(call), okExitCodes: [0, 2, 3, 63] });
  return { isSound: result.exitCode !== 2, report: `${result.stdout}\n${result.stderr}`.trim() };
}

/** An absolute path: it starts with a slash, so neither `nbd:x` nor `json:{}` nor `-f` is taken for anything else. */
const fileName = (file: string): string => path.resolve(file);

const signalOf = (call: DiskCall): RunOptions => (call.signal === undefined ? {} : { signal: call.signal });

/** `-o` with its commas doubled, as QEMU's option parser asks for. */
function optionArgs(call: DiskCall): string[] {
  const pairs = Object.entries(call.options ?? {}).map(([key, value]) => `${key}=${value.replaceAll(',', ',,')}`);
  return pairs.length === 0 ? [] : ['-o', pairs.join(',')];
}

async function mustExist(file: string): Promise<void> {
  await stat(file).catch(cause => {
    throw new GoldsmithError('not-found', `There is no disk image ${file}.`, { cause });
  });
}

/** Runs a call that makes `out`; qemu-img leaves what it wrote before it failed, so that is removed here. */
async function writeNew(
  out: string,
  call: DiskCall,
  args: string[],
  more: Pick<RunOptions, 'onOutput' | 'isBackground'> = {},
): Promise<void> {
  if (await stat(out).catch(() => undefined)) {
    throw new GoldsmithError('exists', `${out} is there already, and a disk image is never overwritten.`);
  }
  try {
    await qemuImg(args, { ...signalOf(call), ...more });
  } catch (error) {
    await rm(out, { force: true });
    throw error;
  }
}

async function qemuImg(args: string[], options: RunOptions) {
  try {
    return await run('qemu-img', args, { ...options, diesWithUs: true });
  } catch (error) {
    throw isNoSpace(error) ? diskFull(error) : error;
  }
}

/** qemu-img ends with 1 for everything: only strerror's text (in the C locale, exec.ts) tells a full disk. */
const isNoSpace = (error: unknown): error is GoldsmithError =>
  error instanceof GoldsmithError &&
  error.code === 'program-failed' &&
  /No space left on device|Disk quota exceeded/.test(error.details.lastLines?.join('\n') ?? '');

const diskFull = (cause: GoldsmithError): GoldsmithError =>
  new GoldsmithError('disk-full', `The disk is full: ${cause.details.lastLines?.at(-1) ?? cause.message}`, {
    hint: 'Free some space, e.g. with goldsmith clean, and try again.',
    details: cause.details,
    cause,
  });

const PROGRESS = /\(\s*(\d+(?:\.\d+)?)\/100%\)/g;
const isNoProgress = (line: string): boolean => line.trim() !== '' && !line.includes('/100%');

/** qemu-img draws `    (12.50/100%)` and a carriage return. */
function progressReader(tell: ((fraction: number) => void) | undefined): (piece: string) => void {
  return piece => {
    const last = [...piece.matchAll(PROGRESS)].at(-1)?.[1];
    if (last !== undefined) tell?.(Number(last) / 100);
  };
}
