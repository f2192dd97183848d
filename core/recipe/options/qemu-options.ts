import type { OptionTable } from './schema.ts';

/** What a checksum may look like: go-getter's forms. */
function checksumProblem(value: string): string | undefined {
  if (value === '' || /^(none|file:.+)$/i.test(value)) return undefined;
  const match = /^(?:(md5|sha1|sha256|sha512):)?([0-9a-f]+)$/i.exec(value);
  if (!match) return `${JSON.stringify(value)} is no checksum.`;
  const bits = (match[2] ?? '').length * 4;
  const wanted = CHECKSUM_BITS[(match[1] ?? '').toLowerCase()];
  if (wanted === undefined ? Object.values(CHECKSUM_BITS).includes(bits) : wanted === bits) return undefined;
  return `a checksum of ${bits} bits is none${wanted === undefined ? '' : `: ${match[1]} has ${wanted}`}.`;
}

const CHECKSUM_BITS: Record<string, number> = { md5: 128, sha1: 160, sha256: 256, sha512: 512 };

const SIZE = /^\d+[bkmgt]?$/i;
const sizeProblem = (value: string): string | undefined =>
  value === '' || SIZE.test(value)
    ? undefined
    : `${JSON.stringify(value)} is no size; it is digits and one of b, k, m, g, t.`;
const sizesProblem = (values: string[]): string | undefined =>
  values.map(sizeProblem).find(problem => problem !== undefined);

const contentProblem = (content: Record<string, string>): string | undefined => {
  const bad = Object.keys(content).find(path => !path.startsWith('/'));
  return bad === undefined ? undefined : `the path ${JSON.stringify(bad)} must begin with "/".`;
};

const emptyRow = (rows: string[][]): string | undefined =>
  rows.some(row => row.length === 0) ? 'an empty row means nothing.' : undefined;
const stepProblem = (rows: string[][]): string | undefined =>
  rows.some(row => row.length === 0 || row.length > 2) ? 'each step is a command and a description.' : undefined;

/** The names a boot command may use while the machine runs; `LogPort` is our own. */
export const BOOT_NAMES = ['HTTPIP', 'HTTPPort', 'Name', 'SSHPublicKey', 'LogPort'] as const;
export const QEMU_ARGS_NAMES = [
  'HTTPIP',
  'HTTPPort',
  'HTTPDir',
  'HTTPContent',
  'OutputDir',
  'Name',
  'SSHHostPort',
] as const;

const PORT = { least: 0, most: 65_535 } as const;

/**
 * All options of Packer's qemu builder except those of the communicator (packer-plugin-qemu 1.1, builder/qemu/config.go
 * and what it embeds). Defaults that depend on other options are filled in by `qemuSource`.
 */
export const QEMU_OPTIONS = {
  iso_url: { kind: 'text' },
  iso_urls: { kind: 'texts' },
  iso_checksum: { kind: 'text', check: checksumProblem },
  /** Older spellings, put together by `checksumOption`. */
  iso_checksum_type: { kind: 'text', ignored: '' },
  iso_checksum_url: { kind: 'text', ignored: '' },
  iso_md5: { kind: 'text', ignored: '' },
  iso_target_path: { kind: 'text' },
  iso_target_extension: { kind: 'text' },
  iso_skip_cache: { kind: 'flag', default: false },
  disk_image: { kind: 'flag', default: false },
  use_backing_file: { kind: 'flag', default: false },
  skip_resize_disk: { kind: 'flag', default: false },

  boot_command: { kind: 'texts', default: [], template: { names: BOOT_NAMES } },
  boot_steps: { kind: 'rows', default: [], template: { names: BOOT_NAMES }, check: stepProblem },
  boot_wait: { kind: 'duration' },
  boot_key_interval: { kind: 'duration' },
  boot_keygroup_interval: { kind: 'duration', ignored: '' },
  disable_vnc: { kind: 'flag', default: false },

  http_directory: { kind: 'text' },
  http_content: { kind: 'text-map', default: {}, template: {}, check: contentProblem },
  http_port_min: { kind: 'count', ...PORT },
  http_port_max: { kind: 'count', ...PORT },
  http_bind_address: { kind: 'text' },
  http_interface: { kind: 'text', ignored: 'Goldsmith serves answers on the loopback address only.' },
  http_network_protocol: {
    kind: 'text',
    unsupported: 'answers are served over TCP only.',
    harmless: ['tcp', 'tcp4', 'tcp6'],
  },
  cd_files: { kind: 'texts', default: [] },
  cd_content: { kind: 'text-map', default: {}, template: {} },
  cd_label: { kind: 'text', default: 'packer' },
  floppy_files: { kind: 'texts', default: [] },
  floppy_dirs: { kind: 'texts', default: [] },
  floppy_content: { kind: 'text-map', default: {}, template: {} },
  floppy_label: { kind: 'text', default: 'packer' },

  disk_size: { kind: 'text', check: sizeProblem },
  disk_additional_size: { kind: 'texts', default: [], check: sizesProblem },
  disk_interface: { kind: 'text', oneOf: ['ide', 'sata', 'scsi', 'sd', 'virtio', 'virtio-scsi'] },
  disk_cache: { kind: 'text', oneOf: ['writethrough', 'writeback', 'none', 'unsafe', 'directsync'] },
  disk_discard: { kind: 'text', oneOf: ['unmap', 'ignore'] },
  disk_detect_zeroes: { kind: 'text', oneOf: ['unmap', 'on', 'off'] },
  format: { kind: 'text', oneOf: ['qcow2', 'raw'] },
  disk_compression: { kind: 'flag', default: false },
  skip_compaction: { kind: 'flag', default: false },
  qemu_img_args: { kind: 'data' },

  accelerator: { kind: 'text', oneOf: ['none', 'kvm', 'tcg', 'xen', 'hax', 'hvf', 'whpx'] },
  machine_type: { kind: 'text' },
  cpu_model: { kind: 'text' },
  cpus: { kind: 'count', least: 0, most: 4096 },
  sockets: { kind: 'count', least: 0, most: 4096 },
  cores: { kind: 'count', least: 0, most: 4096 },
  threads: { kind: 'count', least: 0, most: 4096 },
  memory: { kind: 'count' },
  net_device: { kind: 'text' },
  net_bridge: { kind: 'text' },
  cdrom_interface: { kind: 'text' },
  qemu_binary: { kind: 'text' },
  qemuargs: { kind: 'rows', default: [], template: { names: QEMU_ARGS_NAMES }, check: emptyRow },
  qmp_enable: { kind: 'flag', ignored: '' },
  qmp_socket_path: { kind: 'text', ignored: 'Goldsmith keeps its own private QMP socket.' },
  efi_boot: { kind: 'flag', default: false },
  efi_firmware_code: { kind: 'text' },
  efi_firmware_vars: { kind: 'text' },
  efi_drop_efivars: { kind: 'flag', default: false },
  firmware: { kind: 'text' },
  use_pflash: { kind: 'flag', default: false },
  vtpm: { kind: 'flag', default: false },
  use_tpm1: { kind: 'flag', default: false },
  tpm_device_type: { kind: 'text' },
  headless: { kind: 'flag', default: false },
  display: { kind: 'text' },
  use_default_display: { kind: 'flag', default: false },
  vga: { kind: 'text' },
  vnc_bind_address: { kind: 'text' },
  vnc_port_min: { kind: 'count' },
  vnc_port_max: { kind: 'count', most: 65_535 },
  vnc_use_password: { kind: 'flag', default: false },
  vnc_password: { kind: 'text' },

  output_directory: { kind: 'text' },
  vm_name: { kind: 'text' },
  shutdown_command: { kind: 'text' },
  shutdown_timeout: { kind: 'duration' },
  run_once: { kind: 'flag', ignored: '' },
} as const satisfies OptionTable;
