import { afterAll, describe, expect, it } from 'vitest';
import { packerQemuArgs } from '../../../core/recipe/qemu-args.ts';
import { readRecipe } from '../../../core/recipe/read.ts';
import { contextOf, hasPacker, Oracle, sortedSwitches } from './oracle.ts';

/** One template per option: what Packer 1.6.6 gives to QEMU, and what we say it would. */
const CASES: Record<string, string> = {
  'nothing but what is required': '',
  accelerator: 'accelerator = "tcg"',
  'accelerator none': 'accelerator = "none"',
  machine_type: 'machine_type = "q35"',
  memory: 'memory = 2048',
  'memory below ten': 'memory = 5',
  cpus: 'cpus = 3',
  'cpus as text': 'cpus = "2"',
  disk_interface: 'disk_interface = "ide"',
  'disk_interface virtio-scsi': 'disk_interface = "virtio-scsi"',
  disk_cache: 'disk_cache = "unsafe"',
  disk_discard: 'disk_discard = "unmap"',
  disk_detect_zeroes: 'disk_detect_zeroes = "unmap"',
  format: 'format = "raw"',
  disk_additional_size: 'disk_additional_size = ["1G", "2G"]',
  'disk_additional_size virtio-scsi': 'disk_additional_size = ["1G"]\n disk_interface = "virtio-scsi"',
  net_device: 'net_device = "e1000"',
  vm_name: 'vm_name = "my-vm.qcow2"',
  output_directory: 'output_directory = "out/x"',
  display: 'headless = false\n display = "sdl"',
  'display none': 'headless = false\n display = "none"',
  'not headless': 'headless = false',
  use_default_display: 'headless = false\n use_default_display = true',
  cdrom_interface: 'cdrom_interface = "ide"',
  'cdrom_interface virtio-scsi': 'cdrom_interface = "virtio-scsi"',
  'cdrom_interface virtio-scsi beside a scsi disk': 'cdrom_interface = "virtio-scsi"\n disk_interface = "virtio-scsi"',
  vnc_bind_address: 'vnc_bind_address = "127.0.0.2"',
  vnc_port_min: 'vnc_port_min = 5950\n vnc_port_max = 5990',
  'host_port_min, host_port_max': 'host_port_min = 3000\n host_port_max = 3100',
  ssh_port: 'ssh_port = 2200',
  'communicator none': 'communicator = "none"',
  'communicator winrm': 'communicator = "winrm"\n winrm_username = "x"',
  winrm_use_ssl: 'communicator = "winrm"\n winrm_username = "x"\n winrm_use_ssl = true',
  disk_image: 'disk_image = true',
  qemu_binary: 'qemu_binary = "other-qemu"',
  http_directory: 'http_directory = "http"\n qemuargs = [["-fw_cfg", "name=x,string={{ .HTTPIP }}/{{ .HTTPDir }}"]]',
  'qemuargs replace a switch': 'qemuargs = [["-m", "1024M"], ["-smp", "cpus=2,cores=2"]]',
  'qemuargs with several values': 'qemuargs = [["-device", "virtio-rng-pci"], ["-device", "virtio-net,netdev=user.0"]]',
  'qemuargs put the network card back': 'qemuargs = [["-device", "virtio-rng-pci"]]',
  'qemuargs replace the drives': 'qemuargs = [["-drive", "file={{ .OutputDir }}/{{ .Name }},if=virtio"]]',
  'qemuargs without value': 'qemuargs = [["-nodefaults"], ["-no-reboot", ""]]',
  'qemuargs join the elements':
    'qemuargs = [["-netdev", "user,", "id=user.0,hostfwd=tcp::", "{{ .SSHHostPort }}-:22"]]',
  'qemuargs with functions': 'qemuargs = [["-name", "{{ upper `abc` }}-{{ .Name }}"]]',
};

/**
 * Where Packer 1.6.6 and today's plugin (1.1) differ, we do as today's: what only the one and only the other writes.
 * The same list stands with its reasons in docs/packer-parity.md.
 */
const DIFFERENCES: Record<string, { theirs: string[]; ours: string[] }> = {
  cpus: { theirs: ['-smp cpus=3,sockets=3'], ours: ['-smp 3'] },
  'cpus as text': { theirs: ['-smp cpus=2,sockets=2'], ours: ['-smp 2'] },
  'cdrom_interface virtio-scsi': { theirs: [], ours: ['-device virtio-scsi-pci,id=scsi0', '-smp 1'] },
  'cdrom_interface virtio-scsi beside a scsi disk': {
    theirs: ['-drive file=WORK/a.iso,if=none,index=0,id=cdrom0,media=cdrom'],
    ours: ['-drive file=WORK/a.iso,if=none,index=1,id=cdrom0,media=cdrom', '-smp 1'],
  },
  'qemuargs replace a switch': { theirs: [], ours: [] },
};
/** QEMU's own default, which the plugin writes out today. */
const USUAL = { theirs: [], ours: ['-smp 1'] };

const template = (body: string): string => `source "qemu" "t" {
  iso_url = "a.iso"
  iso_checksum = "none"
  ${body.includes('communicator') ? '' : 'ssh_username = "u"'}
  ${body.includes('headless') ? '' : 'headless = true'}
  ${body}
}
build { sources = ["source.qemu.t"] }
`;

describe.skipIf(!hasPacker)('the arguments of QEMU are those of Packer', () => {
  const oracle = hasPacker ? new Oracle() : undefined;
  afterAll(() => oracle?.end());

  it.each(Object.entries(CASES))('%s', async (name, body) => {
    if (!oracle) return;
    const file = oracle.write('work/t.pkr.hcl', template(body));
    const theirs = oracle.qemuArgs('t.pkr.hcl');
    const recipe = await readRecipe(file, { cwd: oracle.work, env: {} });
    const source = recipe.builders[0]?.source;
    expect(source).toBeDefined();
    if (!source) return;
    const ours = packerQemuArgs(source, contextOf(theirs, name === 'disk_image'));
    const [own, packers] = [ours, theirs]
      .map(sortedSwitches)
      .map(args => args.map(one => one.replaceAll(oracle.work, 'WORK')));
    const without = (args: string[] = [], others: string[] = []): string[] => args.filter(one => !others.includes(one));
    const expected = DIFFERENCES[name] ?? USUAL;
    expect({ theirs: without(packers, own), ours: without(own, packers) }).toEqual(expected);
  });
});
