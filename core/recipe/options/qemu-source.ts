import { GoldsmithError } from '../../model/failure.ts';
import type { QemuSource } from '../../model/recipe.ts';
import { parseDurationMs } from '../time/duration.ts';
import { communicatorOf } from './communicator.ts';
import { COMMUNICATOR_OPTIONS } from './communicator-options.ts';
import { decodeBlock } from './decode.ts';
import { withChecksum } from './old-checksums.ts';
import { type PluginContext, refer } from './provisioners/kind.ts';
import { checkTogether, LOWEST_VNC_PORT } from './qemu-conflicts.ts';
import { QEMU_OPTIONS } from './qemu-options.ts';
import type { Decoded, RawBlock } from './schema.ts';

export const TABLE = { ...QEMU_OPTIONS, ...COMMUNICATOR_OPTIONS };
export type Options = Decoded<typeof TABLE>;

/** Names for the defaults of `output_directory` and `vm_name`, and the environment's share. */
export interface SourceContext extends PluginContext {
  buildName: string;
  env: Record<string, string | undefined>;
}

const DEFAULT_BOOT_WAIT_MS = 10_000;
const DEFAULT_SHUTDOWN_TIMEOUT_MS = 300_000;
const LEAST_MEMORY_MIB = 10;
const DEFAULT_KEY_INTERVAL_MS = 100;

/**
 * The options of a qemu builder with Packer's defaults and checks (packer-plugin-qemu `Config.Prepare`).
 * @throws GoldsmithError `bad-recipe` or `unsupported` at the option.
 */
export function qemuSource(block: RawBlock, context: SourceContext): QemuSource {
  const options = decodeBlock(withChecksum(block, context), TABLE, context);
  checkTogether(options, block);
  referToFiles(options, block, context);
  return {
    ...sourceImage(options, block, context),
    ...bootPart(options, context),
    ...mediaPart(options),
    communicator: communicatorOf(options, block),
    hostPortMin: options.host_port_min || 2222,
    hostPortMax: options.host_port_max || 4444,
    skipNatMapping: options.skip_nat_mapping,
    ...diskPart(options, block),
    ...machinePart(options),
    ...screenPart(options),
    outputDirectory: options.output_directory || `output-${context.buildName}`,
    vmName: options.vm_name || `packer-${context.buildName}`,
    shutdownCommand: options.shutdown_command ?? '',
    shutdownTimeoutMs: options.shutdown_timeout || DEFAULT_SHUTDOWN_TIMEOUT_MS,
  };
}

function referToFiles(options: Options, block: RawBlock, context: SourceContext): void {
  refer(context, block, 'floppy_files', 'glob', options.floppy_files);
  refer(context, block, 'floppy_dirs', 'glob', options.floppy_dirs);
  refer(context, block, 'cd_files', 'glob', options.cd_files);
  refer(context, block, 'http_directory', 'optional', [options.http_directory]);
  refer(context, block, 'ssh_private_key_file', 'file', [options.ssh_private_key_file]);
  if (options.ssh_bastion_host)
    refer(context, block, 'ssh_bastion_private_key_file', 'file', [options.ssh_bastion_private_key_file]);
}

function sourceImage(options: Options, block: RawBlock, context: SourceContext) {
  const isoChecksum = options.iso_skip_cache ? 'none' : (options.iso_checksum ?? '');
  if (isoChecksum === 'none') {
    const message = 'The source is used without a checksum.';
    const hint = 'Write iso_checksum = "sha256:..." or "file:URL".';
    const place = (block.options.get('iso_checksum') ?? block).place();
    context.problems.push({ code: 'bad-recipe', severity: 'warning', message, hint, place });
  }
  return {
    isoUrls: options.iso_url ? [options.iso_url] : (options.iso_urls ?? []),
    isoChecksum,
    ...given('isoTargetPath', options.iso_target_path),
    ...given('isoTargetExtension', options.iso_target_extension?.toLowerCase()),
    diskImage: options.disk_image,
    useBackingFile: options.use_backing_file,
    skipResizeDisk: options.skip_resize_disk,
  };
}

/** Nothing at all instead of an empty or missing value. */
function given<K extends string, V>(key: K, value: V | undefined): { [key in K]?: V } {
  return (value ? { [key]: value } : {}) as { [key in K]?: V };
}

function bootPart(options: Options, context: SourceContext) {
  return {
    bootCommand: options.boot_command,
    bootSteps: options.boot_steps.map(([command = '', description = '']): [string, string] => [command, description]),
    bootWaitMs: Math.max(0, options.boot_wait || DEFAULT_BOOT_WAIT_MS),
    bootKeyIntervalMs: options.boot_key_interval || keyIntervalMs(context.env),
    disableVnc: options.disable_vnc,
  };
}

/** `PACKER_KEY_INTERVAL` is in Go's syntax. */
function keyIntervalMs(env: Record<string, string | undefined>): number {
  const ms = parseDurationMs(env.PACKER_KEY_INTERVAL ?? '');
  return ms !== undefined && ms > 0 ? ms : DEFAULT_KEY_INTERVAL_MS;
}

function mediaPart(options: Options) {
  return {
    ...given('httpDirectory', options.http_directory),
    httpContent: options.http_content,
    httpPortMin: options.http_port_min || 8000,
    httpPortMax: options.http_port_max || 9000,
    ...given('httpBindAddress', options.http_bind_address),
    cdFiles: options.cd_files,
    cdContent: options.cd_content,
    cdLabel: options.cd_label || 'packer',
    floppyFiles: options.floppy_files,
    floppyDirs: options.floppy_dirs,
    floppyContent: options.floppy_content,
    floppyLabel: options.floppy_label || 'packer',
  };
}

function diskPart(options: Options, block: RawBlock) {
  const format = options.format === 'raw' ? ('raw' as const) : ('qcow2' as const);
  return {
    diskSizeMiB: sizeMiB(options.disk_size || '0'),
    additionalDiskSizesMiB: options.disk_additional_size.map(sizeMiB),
    diskInterface: options.disk_interface || 'virtio',
    diskCache: options.disk_cache || 'writeback',
    diskDiscard: options.disk_discard || 'ignore',
    diskDetectZeroes: options.disk_detect_zeroes || 'off',
    format,
    diskCompression: options.disk_compression && format === 'qcow2',
    skipCompaction: options.skip_compaction || format !== 'qcow2' || options.use_backing_file,
    qemuImgArgs: imgArgs(options.qemu_img_args, block),
  };
}

const DEFAULT_DISK_MIB = 40_960;
const UNIT_MIB: Record<string, number> = { b: 1 / 1_048_576, k: 1 / 1024, m: 1, g: 1024, t: 1_048_576 };

/** `40G`, `512m`, or a bare number of MiB; `0` means the default. */
function sizeMiB(size: string): number {
  if (size === '0') return DEFAULT_DISK_MIB;
  const unit = /[a-z]$/i.exec(size)?.[0].toLowerCase() ?? 'm';
  return Math.ceil(Number.parseInt(size, 10) * (UNIT_MIB[unit] ?? 1));
}

const IMG_ARGS = ['create', 'resize', 'convert'] as const;

function imgArgs(data: unknown, block: RawBlock): QemuSource['qemuImgArgs'] {
  const given = data === undefined ? {} : Array.isArray(data) ? data[0] : data;
  const isObject = given !== null && typeof given === 'object' && !Array.isArray(given);
  const entries = isObject ? Object.entries(given as Record<string, unknown>) : [];
  const isRight =
    isObject && entries.every(([name, value]) => (IMG_ARGS as readonly string[]).includes(name) && isTexts(value));
  if (!isRight) {
    const place = (block.options.get('qemu_img_args') ?? block).place();
    throw new GoldsmithError('bad-recipe', '"qemu_img_args" holds lists of texts named create, resize and convert.', {
      details: { place },
    });
  }
  return {
    create: [],
    resize: [],
    convert: [],
    ...(Object.fromEntries(entries.filter(([, value]) => value !== null)) as Partial<QemuSource['qemuImgArgs']>),
  };
}

const isTexts = (value: unknown): boolean =>
  value === null || (Array.isArray(value) && value.every(item => typeof item === 'string'));

function machinePart(options: Options) {
  const memory = options.memory ?? 0;
  return {
    ...given('accelerator', options.accelerator),
    machineType: options.machine_type || 'pc',
    ...given('cpuModel', options.cpu_model),
    cpus: processorCount(options),
    ...given('sockets', options.sockets),
    ...given('cores', options.cores),
    ...given('threads', options.threads),
    memoryMiB: memory < LEAST_MEMORY_MIB ? 512 : memory,
    netDevice: options.net_device || 'virtio-net',
    ...given('netBridge', options.net_bridge),
    ...given('cdromInterface', options.cdrom_interface),
    qemuBinary: options.qemu_binary || 'qemu-system-x86_64',
    qemuArgs: options.qemuargs,
    efiBoot: options.efi_boot || Boolean(options.efi_firmware_code || options.efi_firmware_vars),
    ...given('efiFirmwareCode', options.efi_firmware_code),
    ...given('efiFirmwareVars', options.efi_firmware_vars),
    efiDropEfivars: options.efi_drop_efivars,
    ...given('firmware', options.firmware),
    usePflash: options.use_pflash,
    vtpm: options.vtpm,
    useTpm1: options.use_tpm1,
    tpmDeviceType: options.tpm_device_type || 'tpm-tis',
  };
}

/** The topology's maximum stands in for a missing count, and bounds a larger one. */
function processorCount({ cpus = 0, sockets = 0, cores = 0, threads = 0 }: Options): number {
  const parts = [sockets, cores, threads].filter(part => part > 0);
  const most = parts.reduce((product, part) => product * part, parts.length > 0 ? 1 : 0);
  if (most === 0) return cpus || 1;
  return cpus === 0 ? most : Math.min(cpus, most);
}

function screenPart(options: Options) {
  return {
    headless: options.headless,
    ...given('display', options.display),
    useDefaultDisplay: options.use_default_display,
    ...given('vga', options.vga),
    vncBindAddress: options.vnc_bind_address || '127.0.0.1',
    vncPortMin: options.vnc_port_min || LOWEST_VNC_PORT,
    vncPortMax: options.vnc_port_max || 6000,
    vncUsePassword: options.vnc_use_password,
    ...given('vncPassword', options.vnc_password),
  };
}
