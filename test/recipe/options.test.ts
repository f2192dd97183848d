import { afterAll, describe, expect, it } from 'vitest';
import { COMMUNICATOR_OPTIONS } from '../../core/recipe/options/communicator-options.ts';
import { QEMU_OPTIONS } from '../../core/recipe/options/qemu-options.ts';
import { build, Folder, source } from './folder.ts';

const folder = new Folder();
afterAll(() => folder.end());
const read = async (lines: string, options = {}) => {
  folder.write({ 't.pkr.hcl': source(lines) + build() });
  return (await folder.builder('t.pkr.hcl', options)).source;
};

it("without options all of Packer's defaults stand", async () => {
  expect(await read('')).toEqual({
    isoUrls: ['http://example.org/a.iso'],
    isoChecksum: 'none',
    diskImage: false,
    useBackingFile: false,
    skipResizeDisk: false,
    bootCommand: [],
    bootSteps: [],
    bootWaitMs: 10_000,
    bootKeyIntervalMs: 100,
    disableVnc: false,
    httpContent: {},
    httpPortMin: 8000,
    httpPortMax: 9000,
    cdFiles: [],
    cdContent: {},
    cdLabel: 'packer',
    floppyFiles: [],
    floppyDirs: [],
    floppyContent: {},
    floppyLabel: 'packer',
    communicator: {
      kind: 'ssh',
      username: 'root',
      port: 22,
      timeoutMs: 300_000,
      handshakeAttempts: 10,
      pty: false,
      pauseBeforeConnectingMs: 0,
      fileTransferMethod: 'scp',
      clearAuthorizedKeys: false,
      agentAuth: false,
      localTunnels: [],
      remoteTunnels: [],
    },
    hostPortMin: 2222,
    hostPortMax: 4444,
    skipNatMapping: false,
    diskSizeMiB: 40_960,
    additionalDiskSizesMiB: [],
    diskInterface: 'virtio',
    diskCache: 'writeback',
    diskDiscard: 'ignore',
    diskDetectZeroes: 'off',
    format: 'qcow2',
    diskCompression: false,
    skipCompaction: false,
    qemuImgArgs: { create: [], resize: [], convert: [] },
    machineType: 'pc',
    cpus: 1,
    memoryMiB: 512,
    netDevice: 'virtio-net',
    qemuBinary: 'qemu-system-x86_64',
    qemuArgs: [],
    efiBoot: false,
    efiDropEfivars: false,
    usePflash: false,
    vtpm: false,
    useTpm1: false,
    tpmDeviceType: 'tpm-tis',
    headless: false,
    useDefaultDisplay: false,
    vncBindAddress: '127.0.0.1',
    vncPortMin: 5900,
    vncPortMax: 6000,
    vncUsePassword: false,
    outputDirectory: 'output-t',
    vmName: 'packer-t',
    shutdownCommand: '',
    shutdownTimeoutMs: 300_000,
  });
});

/** Each option with a value and what it comes to. An option that is missing here fails the last test. */
const ROWS: Record<string, [lines: string, expected: object]> = {
  iso_target_path: ['iso_target_path = "x"', { isoTargetPath: 'x' }],
  iso_target_extension: ['iso_target_extension = "IMG"', { isoTargetExtension: 'img' }],
  iso_skip_cache: ['iso_skip_cache = true', { isoChecksum: 'none' }],
  disk_image: ['disk_image = true', { diskImage: true }],
  use_backing_file: ['disk_image = true\nuse_backing_file = true', { useBackingFile: true, skipCompaction: true }],
  skip_resize_disk: ['disk_image = true\nskip_resize_disk = true', { skipResizeDisk: true }],
  boot_command: ['boot_command = ["<esc>", "{{ .Name }}"]', { bootCommand: ['<esc>', '{{ .Name }}'] }],
  boot_steps: [
    'boot_steps = [["<esc>", "leave"], ["x"]]',
    {
      bootSteps: [
        ['<esc>', 'leave'],
        ['x', ''],
      ],
    },
  ],
  boot_wait: ['boot_wait = "-1s"', { bootWaitMs: 0 }],
  boot_key_interval: ['boot_key_interval = "10ms"', { bootKeyIntervalMs: 10 }],
  boot_keygroup_interval: ['boot_keygroup_interval = "1s"', {}],
  disable_vnc: ['disable_vnc = true', { disableVnc: true }],
  http_directory: ['http_directory = "http"', { httpDirectory: 'http' }],
  http_content: ['http_content = { "/a" = "{{ .HTTPIP }}" }', { httpContent: { '/a': '{{ .HTTPIP }}' } }],
  http_port_min: ['http_port_min = 8500', { httpPortMin: 8500 }],
  http_port_max: ['http_port_max = 8500', { httpPortMax: 8500 }],
  http_bind_address: ['http_bind_address = "127.0.0.1"', { httpBindAddress: '127.0.0.1' }],
  http_interface: ['http_interface = "eth0"', {}],
  http_network_protocol: ['http_network_protocol = "tcp4"', {}],
  cd_files: ['cd_files = ["t.pkr.hcl"]', { cdFiles: ['t.pkr.hcl'] }],
  cd_content: ['cd_content = { "user-data" = "x" }', { cdContent: { 'user-data': 'x' } }],
  cd_label: ['cd_label = "cidata"', { cdLabel: 'cidata' }],
  floppy_files: ['floppy_files = ["*.hcl"]', { floppyFiles: ['*.hcl'] }],
  floppy_dirs: ['floppy_dirs = ["."]', { floppyDirs: ['.'] }],
  floppy_content: ['floppy_content = { a = "x" }', { floppyContent: { a: 'x' } }],
  floppy_label: ['floppy_label = "OEM"', { floppyLabel: 'OEM' }],
  disk_size: ['disk_size = "10G"', { diskSizeMiB: 10_240 }],
  disk_additional_size: [
    'disk_additional_size = ["1G", "512M", "1048576k", 5]',
    { additionalDiskSizesMiB: [1024, 512, 1024, 5] },
  ],
  disk_interface: ['disk_interface = "virtio-scsi"', { diskInterface: 'virtio-scsi' }],
  disk_cache: ['disk_cache = "unsafe"', { diskCache: 'unsafe' }],
  disk_discard: ['disk_discard = "unmap"', { diskDiscard: 'unmap' }],
  disk_detect_zeroes: ['disk_detect_zeroes = "on"', { diskDetectZeroes: 'on' }],
  format: ['format = "raw"\ndisk_compression = true', { format: 'raw', diskCompression: false, skipCompaction: true }],
  disk_compression: ['disk_compression = true', { diskCompression: true }],
  skip_compaction: ['skip_compaction = true', { skipCompaction: true }],
  qemu_img_args: [
    'qemu_img_args {\n convert = ["-o", "x"]\n}',
    { qemuImgArgs: { create: [], resize: [], convert: ['-o', 'x'] } },
  ],
  accelerator: ['accelerator = "tcg"', { accelerator: 'tcg' }],
  machine_type: ['machine_type = "q35"', { machineType: 'q35' }],
  cpu_model: ['cpu_model = "host"', { cpuModel: 'host' }],
  cpus: ['cpus = 4', { cpus: 4 }],
  sockets: ['sockets = 2\ncores = 2\ncpus = 3', { cpus: 3, sockets: 2, cores: 2 }],
  cores: ['cores = 3', { cpus: 3, cores: 3 }],
  threads: ['threads = 2\ncores = 2\ncpus = 9', { cpus: 4, threads: 2 }],
  memory: ['memory = 9', { memoryMiB: 512 }],
  net_device: ['net_device = "e1000"', { netDevice: 'e1000' }],
  net_bridge: ['net_bridge = "br0"', { netBridge: 'br0' }],
  cdrom_interface: ['cdrom_interface = "ide"', { cdromInterface: 'ide' }],
  qemu_binary: ['qemu_binary = "qemu-kvm"', { qemuBinary: 'qemu-kvm' }],
  qemuargs: ['qemuargs = [["-m", "{{ .Name }}"]]', { qemuArgs: [['-m', '{{ .Name }}']] }],
  qmp_enable: ['qmp_enable = true', {}],
  qmp_socket_path: ['qmp_socket_path = "x"', {}],
  efi_boot: ['efi_boot = true', { efiBoot: true }],
  efi_firmware_code: ['efi_firmware_code = "c.fd"', { efiBoot: true, efiFirmwareCode: 'c.fd' }],
  efi_firmware_vars: ['efi_firmware_vars = "v.fd"', { efiBoot: true, efiFirmwareVars: 'v.fd' }],
  efi_drop_efivars: ['efi_drop_efivars = true', { efiDropEfivars: true }],
  firmware: ['firmware = "b.bin"', { firmware: 'b.bin' }],
  use_pflash: ['use_pflash = true', { usePflash: true }],
  vtpm: ['vtpm = true', { vtpm: true }],
  use_tpm1: ['use_tpm1 = true', { useTpm1: true }],
  tpm_device_type: ['tpm_device_type = "tpm-crb"', { tpmDeviceType: 'tpm-crb' }],
  headless: ['headless = "true"', { headless: true }],
  display: ['display = "none"', { display: 'none' }],
  use_default_display: ['use_default_display = true', { useDefaultDisplay: true }],
  vga: ['vga = "qxl"', { vga: 'qxl' }],
  vnc_bind_address: ['vnc_bind_address = "0.0.0.0"', { vncBindAddress: '0.0.0.0' }],
  vnc_port_min: ['vnc_port_min = 5950', { vncPortMin: 5950 }],
  vnc_port_max: ['vnc_port_max = 5950', { vncPortMax: 5950 }],
  vnc_use_password: ['vnc_use_password = true', { vncUsePassword: true }],
  vnc_password: ['vnc_password = "x"', { vncPassword: 'x' }],
  output_directory: ['output_directory = "o/{{ build_name }}"', { outputDirectory: 'o/t' }],
  vm_name: ['vm_name = "v"', { vmName: 'v' }],
  shutdown_command: ['shutdown_command = "poweroff"', { shutdownCommand: 'poweroff' }],
  shutdown_timeout: ['shutdown_timeout = "1h"', { shutdownTimeoutMs: 3_600_000 }],
  run_once: ['run_once = true', {}],
  communicator: ['communicator = "none"', { communicator: { kind: 'none' } }],
  pause_before_connecting: ['pause_before_connecting = "5s"', { communicator: { pauseBeforeConnectingMs: 5000 } }],
  host_port_min: ['host_port_min = 3000', { hostPortMin: 3000 }],
  host_port_max: ['host_port_max = 3000', { hostPortMax: 3000 }],
  skip_nat_mapping: ['skip_nat_mapping = true', { skipNatMapping: true }],
  ssh_host: ['ssh_host = "192.0.2.1"', { communicator: { host: '192.0.2.1' } }],
  ssh_port: ['ssh_port = 2200', { communicator: { port: 2200 } }],
  ssh_password: ['ssh_password = "p"', { communicator: { password: 'p' } }],
  ssh_private_key_file: ['ssh_private_key_file = "t.pkr.hcl"', { communicator: { privateKeyFile: 't.pkr.hcl' } }],
  ssh_timeout: ['ssh_timeout = "20m"', { communicator: { timeoutMs: 1_200_000, handshakeAttempts: 0 } }],
  ssh_handshake_attempts: ['ssh_handshake_attempts = 50', { communicator: { handshakeAttempts: 50 } }],
  ssh_pty: ['ssh_pty = true', { communicator: { pty: true } }],
  ssh_clear_authorized_keys: ['ssh_clear_authorized_keys = true', { communicator: { clearAuthorizedKeys: true } }],
  ssh_file_transfer_method: ['ssh_file_transfer_method = "sftp"', { communicator: { fileTransferMethod: 'sftp' } }],
  ssh_bastion_host: [
    'ssh_bastion_host = "b"\nssh_bastion_password = "p"\nssh_bastion_username = "u"',
    {
      communicator: {
        bastion: { host: 'b', port: 22, username: 'u', password: 'p', agentAuth: false, interactive: false },
      },
    },
  ],
  ssh_bastion_agent_auth: [
    'ssh_bastion_host = "b"\nssh_bastion_port = 2222\nssh_bastion_agent_auth = true',
    { communicator: { bastion: { port: 2222, username: '', agentAuth: true } } },
  ],
  ssh_bastion_interactive: [
    'ssh_bastion_host = "b"\nssh_bastion_interactive = true',
    { communicator: { bastion: { interactive: true } } },
  ],
  // As in Packer, the guest's key is the bastion's where it has none of its own.
  ssh_bastion_private_key_file: [
    'ssh_bastion_host = "b"\nssh_private_key_file = "t.pkr.hcl"',
    { communicator: { bastion: { privateKeyFile: 't.pkr.hcl' } } },
  ],
  ssh_agent_auth: ['ssh_agent_auth = true', { communicator: { agentAuth: true } }],
  ssh_proxy_host: [
    'ssh_proxy_host = "p"\nssh_proxy_username = "u"\nssh_proxy_password = "s"',
    { communicator: { proxy: { host: 'p', port: 1080, username: 'u', password: 's' } } },
  ],
  ssh_proxy_port: [
    'ssh_proxy_host = "p"\nssh_proxy_port = 1081\nssh_proxy_password = "unsent"',
    { communicator: { proxy: { host: 'p', port: 1081 } } },
  ],
  ssh_local_tunnels: [
    'ssh_local_tunnels = ["8080:localhost:80", "1:[::1]:2"]',
    {
      communicator: {
        localTunnels: [
          { port: 8080, toHost: 'localhost', toPort: 80 },
          { port: 1, toHost: '::1', toPort: 2 },
        ],
      },
    },
  ],
  ssh_remote_tunnels: [
    'ssh_remote_tunnels = ["9090:10.0.0.1:3128"]',
    { communicator: { remoteTunnels: [{ port: 9090, toHost: '10.0.0.1', toPort: 3128 }] } },
  ],
  winrm_username: [
    'communicator = "winrm"\nwinrm_username = "u"\nwinrm_password = "p"',
    { communicator: { kind: 'winrm', username: 'u', password: 'p', port: 5985, timeoutMs: 1_800_000 } },
  ],
  winrm_use_ssl: [
    'communicator = "winrm"\nwinrm_username = "u"\nwinrm_use_ssl = true\nwinrm_insecure = true\nwinrm_use_ntlm = true',
    { communicator: { port: 5986, useSsl: true, insecure: true, useNtlm: true } },
  ],
  winrm_port: [
    'communicator = "winrm"\nwinrm_username = "u"\nwinrm_port = 99\nwinrm_timeout = "1m"\nwinrm_host = "h"',
    { communicator: { port: 99, timeoutMs: 60_000, host: 'h' } },
  ],
};

describe('each option', () => {
  it.each(Object.entries(ROWS))('%s', async (_, [lines, expected]) => {
    expect(await read(lines)).toMatchObject(expected);
  });

  it('has a row', () => {
    const covered = [
      ...Object.keys(ROWS),
      'iso_url',
      'iso_urls',
      'iso_checksum',
      'iso_checksum_type',
      'iso_checksum_url',
      'iso_md5',
      'ssh_username',
    ];
    expect(Object.keys(QEMU_OPTIONS).filter(name => !covered.includes(name))).toEqual([]);
  });

  it('of the communicator is taken, ignored with a reason, or refused with one', () => {
    const text = JSON.stringify(Object.values(ROWS));
    const untested = Object.entries(COMMUNICATOR_OPTIONS).filter(
      ([name, spec]) =>
        !text.includes(name) && !('ignored' in spec) && !('unsupported' in spec) && !('renamedTo' in spec),
    );
    expect(untested.map(([name]) => name)).toEqual(['ssh_username', 'ssh_bastion_private_key_file']);
  });

  it.each([
    ['ssh_bastion_host = "b"', 'needs "ssh_bastion_password"'],
    ['ssh_bastion_host = "b"\n ssh_bastion_password = "p"\n ssh_proxy_host = "q"', 'Only one of'],
    ['ssh_local_tunnels = ["80:localhost"]', '"80:localhost" is no tunnel'],
    ['ssh_remote_tunnels = ["0:h:1"]', '"0:h:1" is no tunnel'],
    ['ssh_remote_tunnels = ["1:h:99999"]', '"1:h:99999" is no tunnel'],
    ['ssh_bastion_private_key_file = "none"\n ssh_bastion_host = "b"', 'none'],
    ['ssh_certificate_file = "c"', 'named after the key'],
  ])('of the communicator that cannot be: %s', async (lines, message) => {
    await expect(read(lines)).rejects.toThrow(message);
  });
});

it('the interval between keys comes from the environment, too', async () => {
  expect(await read('', { env: { PACKER_KEY_INTERVAL: '20ms' } })).toMatchObject({ bootKeyIntervalMs: 20 });
});

describe('checksums', () => {
  const checksum = async (value: string) => {
    folder.write({
      'c.pkr.hcl': `source "qemu" "t" {\n  iso_url = "a"\n  ssh_username = "u"\n  iso_checksum = "${value}"\n}\n${build()}`,
    });
    return folder.read('c.pkr.hcl').then(
      recipe => recipe.builders[0]?.source.isoChecksum,
      (error: Error) => error.message,
    );
  };
  it.each([
    'none',
    'file:https://x/SHA256SUMS',
    'file:./sums',
    `md5:${'a'.repeat(32)}`,
    `sha512:${'a'.repeat(128)}`,
    'b'.repeat(64),
  ])('%s', async value => expect(await checksum(value)).toBe(value));
  it.each([
    ['', 'An "iso_checksum" is required.'],
    ['sha256:abc', '"iso_checksum": a checksum of 12 bits is none: sha256 has 256.'],
    ['abcdef', '"iso_checksum": a checksum of 24 bits is none.'],
    ['crc:12', '"iso_checksum": "crc:12" is no checksum.'],
  ])('%j is refused', async (value, message) => expect(await checksum(value)).toBe(message));
});
