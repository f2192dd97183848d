import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SLOW } from '../patience.ts';
import { putAnswersAndIso, tinySource, typedKeys } from './bare-template.ts';
import { goldsmith, home, processesWith, resultOf } from './goldsmith.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'goldsmith-template-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const exists = (name: string): boolean => existsSync(path.join(folder, name));
const read = (name: string): string => readFileSync(path.join(folder, name), 'utf8');

/** A folder with no lab.yaml, as somebody's own repository of templates: everything named as Packer names it. */
const TEMPLATE = `${tinySource('one', {
  ...typedKeys('one'),
  vm_name: '"tiny-one.qcow2"',
  iso_checksum: '"file:sums"',
  disk_additional_size: '["16M"]',
  disk_compression: 'true',
  cd_content: '{ "hello.txt" = "from the CD" }',
  cd_label: '"seed"',
  floppy_files: '["http/*.cfg"]',
  qemuargs: `[
    ["-m", "600M"],
    ["-cpu", "host"],
    ["-drive", "file={{ .OutputDir }}/{{ .Name }},if=virtio,cache=unsafe,format=qcow2"],
    ["-drive", "file=output-one/tiny-one.qcow2-1,if=virtio,cache=unsafe,format=qcow2"],
    ["-drive", "file=tiny.iso,media=cdrom"],
    ["-device", "virtio-rng-pci"],
    ["-netdev", "user,id=user.0,hostfwd=tcp::{{ .SSHHostPort }}-:22"],
    ["-fw_cfg", "name=opt/answers,string=http://{{ .HTTPIP }}:{{ .HTTPPort }}/"],
  ]`,
})}build {
  sources = ["source.qemu.one"]
  provisioner "shell" {
    inline = ["cat /proc/partitions", "grep MemTotal /proc/meminfo"]
  }
  post-processors {
    post-processor "checksum" {
      checksum_types = ["sha256"]
      output         = "{{ .BuildName }}.{{ .ChecksumType }}"
    }
    post-processor "manifest" {}
  }
  post-processors {
    post-processor "vagrant" {
      output              = "{{ .Provider }}.box"
      keep_input_artifact = true
    }
  }
  post-processor "shell-local" {
    inline = ["qemu-img info output-one/tiny-one.qcow2 > info.txt"]
  }
  post-processor "digitalocean-import" {
    image_name = "x"
  }
}
`;

describe('a bare Packer template', () => {
  beforeAll(async () => {
    writeFileSync(path.join(folder, 't.pkr.hcl'), TEMPLATE);
    await putAnswersAndIso(folder);
    writeFileSync(path.join(folder, 'sums'), execFileSync('sha256sum', ['tiny.iso'], { cwd: folder }));
  }, SLOW);

  it('is built as it stands: its own devices, its output directory, its post-processors', {
    timeout: SLOW,
  }, async () => {
    const ended = await goldsmith(
      ['build', 't.pkr.hcl', '--no-cache', '--json', '--version', `v${Date.now()}`],
      folder,
    );
    expect(ended.stderr + ended.stdout.split('\n').at(-2)).toContain('"ok":true');
    const { build } = resultOf(ended) as { build: string };
    const lines = ended.events.flatMap(event =>
      event.type === 'line' && event.source === 'provisioner' ? [event.line] : [],
    );
    expect(lines.join('\n')).toMatch(/ 524288 vda\n[\s\S]* 16384 vdb\n/);
    expect(readdirSync(path.join(folder, 'output-one'))).toEqual(['tiny-one.qcow2', 'tiny-one.qcow2-1']);
    execFileSync('qemu-img', ['check', '-q', path.join(folder, 'output-one/tiny-one.qcow2')]);
    execFileSync('sed', ['s,\\t,  output-one/,', '-i', 'one.sha256'], { cwd: folder });
    execFileSync('sha256sum', ['--status', '-c', 'one.sha256'], { cwd: folder });
    expect(JSON.parse(read('packer-manifest.json')).builds[0]).toMatchObject({ name: 'one', builder_type: 'qemu' });
    expect(execFileSync('tar', ['-tzf', 'libvirt.box'], { cwd: folder, encoding: 'utf8' })).toContain('box_1.img');
    expect(read('info.txt')).toContain('virtual size: 512 MiB');
    expect(read('output-one.hand-off.md')).toContain('digitalocean-import');
    expect(processesWith(build)).toEqual([]);
  });

  it('does not overwrite what is there, and makes nothing then', { timeout: SLOW }, async () => {
    const ended = await goldsmith(['build', 't.pkr.hcl'], folder);
    expect(ended.status).toBe(9);
    expect(ended.stderr).toContain('--force');
    expect(exists('output-one/tiny-one.qcow2')).toBe(true);
  });
});

/** Debian's installer for arm64: a kernel and an initrd whose poweroff ends the machine at once. */
const ARM64 = [12, 13]
  .map(release => `/usr/lib/debian-installer/images/${release}/arm64/text/debian-installer/arm64`)
  .find(existsSync);
const hasArm64 = ((): boolean => {
  try {
    execFileSync('qemu-system-aarch64', ['--version'], { stdio: 'ignore' });
    if (ARM64 !== undefined) return true;
  } catch {
    // Said below, together with the missing kernel.
  }
  console.log("The arm64 test is skipped: qemu-system-aarch64 or Debian's installer for arm64 is not installed.");
  return false;
})();

describe.skipIf(!hasArm64)('another architecture', () => {
  it('an arm64 kernel boots under emulation and powers itself off: communicator none', { timeout: SLOW }, async () => {
    const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-arm64-'));
    writeFileSync(
      path.join(dir, 'arm.json'),
      JSON.stringify({
        builders: [
          {
            type: 'qemu',
            name: 'arm',
            iso_url: '{{ template_dir }}/empty.img',
            iso_checksum: 'none',
            disk_image: true,
            skip_resize_disk: true,
            format: 'raw',
            communicator: 'none',
            shutdown_timeout: '3m',
            qemu_binary: 'qemu-system-aarch64',
            machine_type: 'virt',
            accelerator: 'kvm',
            memory: 768,
            headless: true,
            qemuargs: [
              ['-kernel', `${ARM64}/linux`],
              ['-initrd', `${ARM64}/initrd.gz`],
              ['-append', 'console=ttyAMA0 rdinit=/sbin/poweroff -- -f'],
            ],
          },
        ],
      }),
    );
    execFileSync('qemu-img', ['create', '-q', '-f', 'raw', path.join(dir, 'empty.img'), '8M']);
    const ended = await goldsmith(['build', 'arm.json', '--no-cache', '--json', '--version', `v${Date.now()}`], dir);
    rmSync(dir, { recursive: true, force: true });
    expect(ended.stderr + ended.stdout.split('\n').at(-2)).toContain('"ok":true');
    const { build } = resultOf(ended) as { build: string };
    expect(readFileSync(path.join(home.builds, build, 'serial.log'), 'utf8')).toMatch(
      /Linux version[\s\S]*Machine model: linux,dummy-virt[\s\S]*reboot: Power down/,
    );
  });
});
