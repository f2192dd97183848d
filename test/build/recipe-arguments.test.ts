import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { planMachine } from '../../core/build/machine.ts';
import { fillBuildTime, withoutMedia } from '../../core/build/recipe-arguments.ts';
import { workingFiles } from '../../core/build/working-disks.ts';
import { QemuDriver } from '../../core/drivers/qemu/qemu.ts';
import type { HostFacts } from '../../core/model/host.ts';
import type { Machine } from '../../core/model/machine.ts';
import type { QemuSource } from '../../core/model/recipe.ts';
import { Folder } from '../recipe/folder.ts';

const folder = new Folder();
const scratch = mkdtempSync(path.join(tmpdir(), 'goldsmith-args-'));
afterAll(() => {
  folder.end();
  rmSync(scratch, { recursive: true, force: true });
});

const FACTS: HostFacts = {
  lookedAt: '',
  system: {
    arch: 'x86_64',
    kernel: '',
    distribution: '',
    isRoot: true,
    cpu: { model: '', microcode: '', count: 2 },
    memoryMiB: 1,
    availableMemoryMiB: 1,
  },
  qemu: { path: '', version: '10.0.2', machineTypes: { q35: 'pc-q35-10.0', pc: 'pc-i440fx-10.0' } },
  accelerators: [{ accelerator: 'tcg', state: 'proved', cpuModel: 'max', reason: 'x' }],
  firmware: [
    {
      description: '',
      arch: 'x86_64',
      code: '/fw/CODE.fd',
      varsTemplate: '/fw/VARS.fd',
      isSecureBoot: false,
      hasEnrolledKeys: false,
      needsSmm: false,
      machines: ['pc-*'],
    },
  ],
  tools: [],
  libvirt: { connections: [] },
  freeDiskMiB: 1,
};

async function sourceOf(options: string): Promise<QemuSource> {
  folder.write({
    't.pkr.hcl': `source "qemu" "t" {
      iso_url      = "a.iso"
      iso_checksum = "none"
      ssh_username = "u"
      vm_name      = "vm.qcow2"
      ${options}
    }
    build { sources = ["source.qemu.t"] }`,
  });
  const source = (await folder.read('t.pkr.hcl')).builders[0]?.source;
  if (!source) throw new Error('no builder');
  return source;
}

async function planned(options: string): Promise<{ machine: Machine; argv: string[]; notes: string[] }> {
  const source = await sourceOf(options);
  const plan = planMachine('vm', source, {}, FACTS, {
    ...workingFiles(source, '/vm'),
    cdroms: ['/cache/a.iso'],
    serialLog: '/serial',
    root: '/recipe',
    isThere: file => file.startsWith('/x/'),
  });
  const argv = new QemuDriver().describe(plan.machine, '/run/x');
  return { machine: plan.machine, argv, notes: plan.problems.map(({ message }) => message) };
}

/** The values of a switch. */
const values = (argv: string[], name: string): string[] =>
  argv.flatMap((argument, at) => (argument === name ? [argv[at + 1] ?? ''] : []));

describe('what qemuargs ask for', () => {
  it('harmless switches stand beside our own devices', async () => {
    const { machine, argv } = await planned('qemuargs = [["-m", "2G"], ["-smp", "4"], ["-global", "x.y=1"]]');
    expect(machine.hasOwnDevices).toBeUndefined();
    expect([values(argv, '-m'), values(argv, '-smp'), values(argv, '-global')]).toEqual([['2G'], ['4'], ['x.y=1']]);
    expect(argv).toContain('-nodefaults');
    expect(machine.disks).toMatchObject([{ path: '/vm/disk0.raw', format: 'raw' }]);
  });

  it("a named device makes all devices Packer's: its names, its defaults, its files", async () => {
    const { machine, argv } = await planned(
      'disk_interface = "virtio-scsi"\n qemuargs = [["-device", "virtio-scsi-pci,id=scsi0"], ["-device", "scsi-hd,bus=scsi0.0,drive=drive0"]]',
    );
    expect(machine.disks).toMatchObject([{ path: '/vm/output/vm.qcow2', format: 'qcow2' }]);
    expect(values(argv, '-drive')).toEqual([
      'if=none,file=/vm/output/vm.qcow2,id=drive0,cache=writeback,discard=ignore,format=qcow2',
      'file=/cache/a.iso,media=cdrom',
    ]);
    expect(values(argv, '-device')).toEqual([
      'virtio-scsi-pci,id=scsi0',
      'scsi-hd,bus=scsi0.0,drive=drive0',
      'virtio-net,netdev=user.0',
    ]);
    expect(argv).not.toContain('-nodefaults');
    expect(values(argv, '-boot')).toEqual(['once=d']);
  });

  it('paths: of the output directory in the working folder, of the recipe absolute', async () => {
    const { argv } = await planned(`output_directory = "out"
      qemuargs = [["-drive", "file={{ .OutputDir }}/{{ .Name }},if=virtio"], ["-drive", "file=out/vm.qcow2-1,if=virtio"],
        ["-drive", "file=extra.iso,media=cdrom"], ["-drive", "file=/abs.iso,media=cdrom"], ["-kernel", "boot/k"], ["-bios", "bios.bin"]]`);
    expect(values(argv, '-drive')).toEqual([
      'file=/vm/output/vm.qcow2,if=virtio',
      'file=/vm/output/vm.qcow2-1,if=virtio',
      'file=/recipe/extra.iso,media=cdrom',
      'file=/abs.iso,media=cdrom',
    ]);
    expect([values(argv, '-kernel'), values(argv, '-bios')]).toEqual([['/recipe/boot/k'], ['bios.bin']]);
  });

  it('ports: on the loopback address, and filled in when they are known', async () => {
    const { machine } = await planned(
      'qemuargs = [["-netdev", "user,id=user.0,hostfwd=tcp::{{ .SSHHostPort }}-:22"], ["-fw_cfg", "string=http://{{ .HTTPIP }}:{{ .HTTPPort }}/"]]',
    );
    const filled = fillBuildTime(machine.extraArgs, {
      HTTPIP: '10.0.2.2',
      HTTPPort: '8100/token',
      SSHHostPort: '2233',
    });
    expect(filled).toEqual([
      '-netdev',
      'user,id=user.0,hostfwd=tcp:127.0.0.1:2233-:22',
      '-fw_cfg',
      'string=http://10.0.2.2:8100/token/',
    ]);
  });

  it('accelerator, host processor, screen and monitor are ours, and it is told', async () => {
    const { argv, notes } = await planned(
      'qemuargs = [["-machine", "type=q35,accel=kvm"], ["-cpu", "host,+vmx"], ["-enable-kvm"], ["-display", "gtk"], ["-vnc", ":5"], ["-monitor", "stdio"], ["-serial", "stdio"], ["-name", "x"]]',
    );
    expect(values(argv, '-machine')).toEqual(['type=q35']);
    expect(values(argv, '-accel')).toEqual(['tcg,thread=multi']);
    expect([values(argv, '-cpu'), values(argv, '-display'), values(argv, '-monitor')]).toEqual([['max'], ['none'], []]);
    expect(values(argv, '-vnc')).toEqual(['unix:/run/x/vnc']);
    expect(values(argv, '-serial')).toEqual(['chardev:serial0']);
    expect(argv).not.toContain('-enable-kvm');
    expect(notes).toEqual([
      '-cpu host,+vmx of qemuargs is given as max.',
      ...['-vnc :5', '-enable-kvm', '-monitor stdio'].map(text => `${text} of qemuargs is not used.`),
    ]);
  });

  it('a machine that is only an accelerator leaves ours standing', async () => {
    const { argv } = await planned('machine_type = "q35"\n qemuargs = [["-machine", "accel=kvm"]]');
    expect(values(argv, '-machine')).toEqual(['pc-q35-10.0']);
  });
});

describe('options of the source', () => {
  it.each([
    ['firmware = "/x/bios.bin"', '-bios', '/x/bios.bin'],
    [
      'firmware = "fw/edk.fd"\n use_pflash = true',
      '-drive',
      'if=pflash,unit=0,format=raw,readonly=on,file=/recipe/fw/edk.fd',
    ],
    ['efi_boot = true', '-drive', 'if=pflash,unit=0,format=raw,readonly=on,file=/fw/CODE.fd'],
    ['efi_firmware_code = "/x/CODE.secboot.fd"\n efi_firmware_vars = "/x/V.fd"', '-machine', 'pc-i440fx-10.0,smm=on'],
    ['vtpm = true', '-tpmdev', 'emulator,id=tpm0,chardev=tpm0-socket'],
    ['vga = "qxl"\n memory = 700', '-m', '700M'],
    ['cpus = 4\n sockets = 1\n cores = 2\n threads = 2', '-smp', 'cpus=4,sockets=1,cores=2,threads=2'],
  ])('%s', async (options, name, value) => {
    expect(values((await planned(options)).argv, name)).toContain(value);
  });

  it('firmware that this host has elsewhere is taken from there, and it is told', async () => {
    const { machine, notes } = await planned(
      'efi_firmware_code = "/nowhere/CODE.fd"\n efi_firmware_vars = "/nowhere/VARS.fd"',
    );
    expect(machine.firmware).toMatchObject({ code: '/fw/CODE.fd', secureBoot: false });
    expect(notes).toEqual([
      'The firmware /nowhere/CODE.fd is not on this host with its variables; /fw/CODE.fd is used.',
    ]);
  });

  it('another architecture is emulated, with exactly what Packer would give', async () => {
    const { machine, argv } = await planned(
      'qemu_binary = "qemu-system-aarch64"\n machine_type = "virt"\n cpu_model = "host"\n accelerator = "kvm"\n firmware = "/fw/AAVMF.fd"\n use_pflash = true',
    );
    expect(argv[0]).toBe('qemu-system-aarch64');
    expect([machine.arch, machine.accelerator, machine.hasOwnDevices]).toEqual(['aarch64', 'tcg', true]);
    expect(values(argv, '-cpu')).toEqual(['max,pauth-impdef=on']);
    expect(values(argv, '-drive')).toContain('file=/fw/AAVMF.fd,if=pflash,format=raw,readonly=on');
    expect(values(argv, '-netdev')).toEqual(['user,id=user.0,hostfwd=tcp:127.0.0.1:{{ .SSHHostPort }}-:22']);
  });

  it("a binary of one's own is the one that runs", async () => {
    const { argv } = await planned('qemu_binary = "/opt/qemu/bin/qemu-custom"');
    expect(argv[0]).toBe('/opt/qemu/bin/qemu-custom');
    expect((await planned('qemu_binary = "qemu-kvm"')).argv[0]).toBe('qemu-system-x86_64');
  });

  it("a TPM keeps its backend on the build's own socket beside Packer's devices", async () => {
    const { argv } = await planned(
      'vtpm = true\n qemuargs = [["-device", "virtio-rng-pci"], ["-device", "tpm-crb,tpmdev=tpm0"]]',
    );
    expect(values(argv, '-tpmdev')).toEqual(['emulator,id=tpm0,chardev=tpm0-socket']);
    expect(values(argv, '-device').filter(value => value.includes('tpm'))).toEqual(['tpm-crb,tpmdev=tpm0']);
  });

  it("options of qemu-img create are for the recipe's own format", async () => {
    const source = await sourceOf(
      'qemu_img_args {\n create = ["-o", "cluster_size=64k"]\n }\n disk_additional_size = ["1G"]',
    );
    expect(workingFiles(source, '/w').disks).toEqual([
      { path: '/w/disk0.qcow2', format: 'qcow2' },
      { path: '/w/disk1.qcow2', format: 'qcow2' },
    ]);
  });

  it('the media go when the installed system starts', async () => {
    const { machine } = await planned('qemuargs = [["-device", "virtio-rng-pci"], ["-cdrom", "x.iso"]]');
    const bare = withoutMedia(machine).extraArgs.join(' ');
    expect(bare).not.toMatch(/cdrom|once=d/);
    expect(bare).toContain('vm.qcow2');
  });
});
