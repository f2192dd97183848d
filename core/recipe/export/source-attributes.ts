import type { Communicator, QemuSource, Tunnel } from '../../model/recipe.ts';
import type { Attributes, HclValue } from './write-hcl.ts';

const SECOND_MS = 1000;

/** A duration as Go reads it. */
export const duration = (ms: number): string => (ms % SECOND_MS === 0 ? `${ms / SECOND_MS}s` : `${ms}ms`);

/** Undefined where a value is what Packer takes anyway. */
const unless = <T>(value: T, usual: T): T | undefined => (value === usual ? undefined : value);
const filled = (list: readonly string[]): readonly string[] | undefined => (list.length > 0 ? list : undefined);
const filledMap = (map: Record<string, string>): Record<string, string> | undefined =>
  Object.keys(map).length > 0 ? map : undefined;

/** All options of a source in the order people write them; those that are Packer's defaults are left out. */
export function sourceAttributes(source: QemuSource): Attributes {
  return [
    ...imageAttributes(source),
    ...machineAttributes(source),
    ...diskAttributes(source),
    ...bootAttributes(source),
    ...mediaAttributes(source),
    ...communicatorAttributes(source.communicator),
    ...([
      ['host_port_min', unless(source.hostPortMin, 2222)],
      ['host_port_max', unless(source.hostPortMax, 4444)],
      ['skip_nat_mapping', unless(source.skipNatMapping, false)],
      ['shutdown_command', unless(source.shutdownCommand, '')],
      ['shutdown_timeout', source.shutdownTimeoutMs === 300_000 ? undefined : duration(source.shutdownTimeoutMs)],
      ['output_directory', source.outputDirectory],
      ['vm_name', source.vmName],
    ] satisfies Attributes),
  ];
}

const imageAttributes = (source: QemuSource): Attributes => [
  ['iso_url', source.isoUrls.length === 1 ? source.isoUrls[0] : undefined],
  ['iso_urls', source.isoUrls.length === 1 ? undefined : source.isoUrls],
  ['iso_checksum', source.isoChecksum],
  ['iso_target_path', source.isoTargetPath],
  ['iso_target_extension', source.isoTargetExtension],
  ['disk_image', unless(source.diskImage, false)],
  ['use_backing_file', unless(source.useBackingFile, false)],
  ['skip_resize_disk', unless(source.skipResizeDisk, false)],
];

const machineAttributes = (source: QemuSource): Attributes => [
  ['qemu_binary', unless(source.qemuBinary, 'qemu-system-x86_64')],
  ['accelerator', source.accelerator],
  ['machine_type', unless(source.machineType, 'pc')],
  ['cpu_model', source.cpuModel],
  ['cpus', unless(source.cpus, 1)],
  ['sockets', source.sockets],
  ['cores', source.cores],
  ['threads', source.threads],
  ['memory', unless(source.memoryMiB, 512)],
  ['net_device', unless(source.netDevice, 'virtio-net')],
  ['net_bridge', source.netBridge],
  // A path of the firmware implies it, and older versions of Packer know none of them.
  ['efi_boot', source.efiFirmwareCode || source.efiFirmwareVars ? undefined : unless(source.efiBoot, false)],
  ['efi_firmware_code', source.efiFirmwareCode],
  ['efi_firmware_vars', source.efiFirmwareVars],
  ['efi_drop_efivars', unless(source.efiDropEfivars, false)],
  ['firmware', source.firmware],
  ['use_pflash', unless(source.usePflash, false)],
  ['vtpm', unless(source.vtpm, false)],
  ['use_tpm1', unless(source.useTpm1, false)],
  ['tpm_device_type', unless(source.tpmDeviceType, 'tpm-tis')],
  ['headless', unless(source.headless, false)],
  ['display', source.display],
  ['use_default_display', unless(source.useDefaultDisplay, false)],
  ['vga', source.vga],
  ['vnc_bind_address', unless(source.vncBindAddress, '127.0.0.1')],
  ['vnc_port_min', unless(source.vncPortMin, 5900)],
  ['vnc_port_max', unless(source.vncPortMax, 6000)],
  ['vnc_use_password', unless(source.vncUsePassword, false)],
  ['vnc_password', source.vncPassword],
  ['disable_vnc', unless(source.disableVnc, false)],
  ['qemuargs', source.qemuArgs.length > 0 ? source.qemuArgs : undefined],
];

const diskAttributes = (source: QemuSource): Attributes => [
  ['disk_size', `${source.diskSizeMiB}M`],
  ['disk_additional_size', filled(source.additionalDiskSizesMiB.map(size => `${size}M`))],
  ['disk_interface', unless(source.diskInterface, 'virtio')],
  ['disk_cache', unless(source.diskCache, 'writeback')],
  ['disk_discard', unless(source.diskDiscard, 'ignore')],
  ['disk_detect_zeroes', unless(source.diskDetectZeroes, 'off')],
  ['format', source.format],
  ['disk_compression', unless(source.diskCompression, false)],
  ['skip_compaction', unless(source.skipCompaction, source.format !== 'qcow2' || source.useBackingFile)],
  ['cdrom_interface', source.cdromInterface],
];

const bootAttributes = (source: QemuSource): Attributes => [
  ['boot_command', filled(source.bootCommand)],
  ['boot_steps', source.bootSteps.length > 0 ? source.bootSteps : undefined],
  ['boot_wait', source.bootWaitMs === 10_000 ? undefined : duration(source.bootWaitMs || -SECOND_MS)],
  ['boot_key_interval', source.bootKeyIntervalMs === 100 ? undefined : duration(source.bootKeyIntervalMs)],
];

const mediaAttributes = (source: QemuSource): Attributes => [
  ['http_directory', source.httpDirectory],
  ['http_content', filledMap(source.httpContent)],
  ['http_port_min', unless(source.httpPortMin, 8000)],
  ['http_port_max', unless(source.httpPortMax, 9000)],
  ['http_bind_address', source.httpBindAddress],
  ['cd_files', filled(source.cdFiles)],
  ['cd_content', filledMap(source.cdContent)],
  ['cd_label', unless(source.cdLabel, 'packer')],
  ['floppy_files', filled(source.floppyFiles)],
  ['floppy_dirs', filled(source.floppyDirs)],
  ['floppy_content', filledMap(source.floppyContent)],
  ['floppy_label', unless(source.floppyLabel, 'packer')],
];

type Kinds = { [K in Communicator['kind']]: (it: Extract<Communicator, { kind: K }>) => Attributes };

const COMMUNICATORS: Kinds = {
  none: () => [['communicator', 'none']],
  ssh: it => [
    ['ssh_username', it.username],
    ['ssh_password', it.password],
    ['ssh_private_key_file', it.privateKeyFile],
    ['ssh_host', it.host],
    ['ssh_port', unless(it.port, 22)],
    ['ssh_timeout', it.timeoutMs === 300_000 ? undefined : duration(it.timeoutMs)],
    ['ssh_handshake_attempts', it.handshakeAttempts === 0 ? undefined : unless(it.handshakeAttempts, 10)],
    ['ssh_pty', unless(it.pty, false)],
    ['pause_before_connecting', it.pauseBeforeConnectingMs ? duration(it.pauseBeforeConnectingMs) : undefined],
    ['ssh_file_transfer_method', unless<string>(it.fileTransferMethod, 'scp')],
    ['ssh_clear_authorized_keys', unless(it.clearAuthorizedKeys, false)],
    ['ssh_bastion_host', it.bastion?.host],
    ['ssh_bastion_port', it.bastion?.port],
    ['ssh_bastion_username', it.bastion?.username],
    ['ssh_bastion_password', it.bastion?.password],
    ['ssh_bastion_private_key_file', it.bastion?.privateKeyFile],
    ['ssh_bastion_agent_auth', it.bastion?.agentAuth || undefined],
    ['ssh_bastion_interactive', it.bastion?.interactive || undefined],
    ['ssh_agent_auth', unless(it.agentAuth, false)],
    ['ssh_proxy_host', it.proxy?.host],
    ['ssh_proxy_port', it.proxy?.port],
    ['ssh_proxy_username', it.proxy?.username],
    ['ssh_proxy_password', it.proxy?.password],
    ['ssh_local_tunnels', filled(it.localTunnels.map(tunnelText))],
    ['ssh_remote_tunnels', filled(it.remoteTunnels.map(tunnelText))],
  ],
  winrm: it => [
    ['communicator', 'winrm'],
    ['winrm_username', it.username],
    ['winrm_password', unless(it.password, '')],
    ['winrm_host', it.host],
    ['winrm_port', unless(it.port, it.useSsl ? 5986 : 5985)],
    ['winrm_timeout', it.timeoutMs === 1_800_000 ? undefined : duration(it.timeoutMs)],
    ['winrm_use_ssl', unless(it.useSsl, false)],
    ['winrm_insecure', unless(it.insecure, false)],
    ['winrm_use_ntlm', unless(it.useNtlm, false)],
    ['pause_before_connecting', it.pauseBeforeConnectingMs ? duration(it.pauseBeforeConnectingMs) : undefined],
  ],
};

const tunnelText = ({ port, toHost, toPort }: Tunnel): string =>
  `${port}:${toHost.includes(':') ? `[${toHost}]` : toHost}:${toPort}`;

const communicatorAttributes = (communicator: Communicator): Attributes =>
  (COMMUNICATORS[communicator.kind] as (it: Communicator) => Attributes)(communicator);

/** `qemu_img_args` is a block. */
export function imgArguments({ qemuImgArgs }: QemuSource): Record<string, HclValue> {
  return Object.fromEntries(Object.entries(qemuImgArgs).filter(([, args]) => args.length > 0));
}

/** Options that Packer 1.6 does not know: with them, a template needs the plugin of Packer 1.7 and later. */
export const NEWER_OPTIONS: ReadonlySet<string> = new Set([
  'boot_steps',
  'cd_content',
  'cores',
  'cpu_model',
  'efi_boot',
  'efi_drop_efivars',
  'efi_firmware_code',
  'efi_firmware_vars',
  'firmware',
  'floppy_content',
  'http_content',
  'sockets',
  'threads',
  'tpm_device_type',
  'use_pflash',
  'use_tpm1',
  'vga',
  'vnc_password',
  'vtpm',
]);
