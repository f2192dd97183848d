// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are HCL
import { afterAll, describe, expect, it } from 'vitest';
import { readRecipe } from '../../../core/recipe/read.ts';
import { hasPacker, Oracle } from './oracle.ts';

/** Lines of a qemu source, and of a build beside it, that both Packer and we accept or refuse. */
const SOURCES: Record<string, boolean> = {
  '': true,
  'iso_urls = ["b.iso"]': false,
  'disk_size = "10G"': true,
  'disk_size = 10240': true,
  'disk_size = "10X"': false,
  'disk_size = ""': true,
  'format = "vmdk"': false,
  'disk_interface = "nvme"': false,
  'disk_cache = "some"': false,
  'disk_discard = "yes"': false,
  'disk_detect_zeroes = "maybe"': false,
  'accelerator = "warp"': false,
  'vnc_port_min = 5950\n vnc_port_max = 5940': false,
  'http_port_min = 9000\n http_port_max = 8000': false,
  'host_port_min = 9000\n host_port_max = 8000': false,
  'use_backing_file = true': false,
  'use_backing_file = true\n disk_image = true': true,
  'skip_resize_disk = true': false,
  'boot_wait = "10"': false,
  'boot_wait = "1m10s"': true,
  'boot_wait = "-1s"': true,
  'boot_command = "x"': false,
  'boot_command = ["x", 1, true]': true,
  'memory = "two"': false,
  'memory = "1024"': true,
  'headless = "true"': true,
  'headless = "perhaps"': false,
  'headless = null': true,
  'nonsense = 1': false,
  'ssh_timeout = "1 hour"': false,
  'ssh_file_transfer_method = "ftp"': false,
  'communicator = "telnet"': false,
  'communicator = "winrm"': false,
  'disable_vnc = true\n boot_command = ["x"]': false,
  'qemuargs = [["-m", 512]]': true,
  'qemuargs = ["-m"]': false,
  'floppy_files = ["nowhere.txt"]': false,
  'ssh_private_key_file = "nowhere.pem"': false,
  'vm_name = "{{ nosuch }}"': false,
  'vm_name = "{{ user `x` }}"': false,
  'vm_name = "{{ isotime `2006` }}"': true,
  'vm_name = "{{"': false,
  'qemu_img_args {\n }': true,
};

/** What Packer 1.6.6 lets pass and we refuse; the reasons stand in docs/packer-parity.md. */
const STRICTER = ['vnc_port_min = 100', 'vm_name = "{{ .Name }}"'];

const BUILDS: Record<string, boolean> = {
  '': true,
  'provisioner "shell" {\n inline = ["true"]\n }': true,
  'provisioner "shell" {\n }': false,
  'provisioner "shell" {\n inline = ["a"]\n script = "a.sh"\n }': false,
  'provisioner "shell" {\n script = "nowhere.sh"\n }': false,
  'provisioner "shell" {\n script = "a.sh"\n environment_vars = ["A"]\n }': false,
  'provisioner "shell" {\n script = "a.sh"\n environment_vars = ["A=1"]\n pause_before = "5s"\n }': true,
  'provisioner "shell" {\n inline = ["a"]\n pause_before = "5"\n }': false,
  'provisioner "shell" {\n inline = ["a"]\n only = ["qemu.t"]\n except = ["qemu.t"]\n }': false,
  'provisioner "shell" {\n inline = ["${build.ID}"]\n }': true,
  'provisioner "shell" {\n inline = ["${build.Nonsense}"]\n }': false,
  'provisioner "shell" {\n inlin = ["a"]\n }': false,
  'provisioner "nosuch" {\n }': false,
  'provisioner "file" {\n source = "a.sh"\n destination = "/tmp/"\n }': true,
  'provisioner "file" {\n source = "a.sh"\n }': false,
  'provisioner "file" {\n source = "nowhere"\n destination = "/x"\n }': false,
  'provisioner "file" {\n source = "nowhere"\n destination = "/x"\n generated = true\n }': true,
  'provisioner "file" {\n source = "a.sh"\n destination = "/x"\n direction = "sideways"\n }': false,
  'provisioner "shell-local" {\n command = "true"\n }': true,
  'provisioner "shell-local" {\n command = "true"\n inline = ["x"]\n }': false,
  'provisioner "windows-restart" {\n }': true,
  'provisioner "powershell" {\n inline = ["x"]\n elevated_password = "x"\n }': false,
  'provisioner "breakpoint" {\n note = "x"\n }': true,
  'post-processor "checksum" {\n checksum_types = ["sha256"]\n }': true,
  'post-processor "checksum" {\n nonsense = 1\n }': false,
  'post-processor "nosuch" {\n }': false,
  'post-processors {\n post-processor "manifest" {\n }\n }': true,
  'post-processor "vagrant" {\n vagrantfile_template = "a.sh"\n }': true,
  'post-processor "vagrant" {\n vagrantfile_template = "nowhere"\n }': false,
  'post-processor "vagrant" {\n vagrantfile_template = "nowhere"\n vagrantfile_template_generated = true\n }': true,
  'post-processor "vagrant" {\n include = ["nowhere"]\n }': true,
  'post-processor "shell-local" {\n script = "a.sh"\n }': true,
  'post-processor "shell-local" {\n scripts = ["a.sh", "nowhere.sh"]\n }': false,
  'post-processor "shell-local" {\n inline = ["a"]\n script = "a.sh"\n }': false,
  'post-processor "shell-local" {\n command = "a"\n inline = ["a"]\n }': false,
  'post-processor "shell-local" {\n environment_vars = ["A=1"]\n }': false,
  'post-processor "shell-local" {\n inline = ["a"]\n environment_vars = ["A"]\n }': false,
  'post-processor "shell-local" {\n inline = ["a"]\n only_on = ["nonsense"]\n }': false,
  'post-processor "compress" {\n compression_level = 20\n }': true,
  'post-processor "compress" {\n compression_level = -20\n }': true,
  'post-processor "vagrant" {\n compression_level = 20\n }': true,
  'post-processor "vagrant" {\n compression_level = -20\n }': true,
  'post-processor "docker-import" {\n }': true,
  'post-processor "docker-tag" {\n }': true,
  'post-processor "docker-push" {\n }': true,
  'post-processor "docker-push" {\n login = true\n }': true,
  'post-processor "docker-push" {\n login_username = "a"\n ecr_login = true\n }': false,
  'post-processor "docker-save" {\n }': true,
  'post-processor "manifest" {\n output = ""\n }': true,
  'post-processor "artifice" {\n }': false,
  'post-processor "vagrant" {\n output = "{{ .Nonsense }}"\n }': true,
  'post-processor "vagrant" {\n provider_override = "nonsense"\n }': false,
  'post-processor "compress" {\n output = "{{ .Nonsense }}"\n }': true,
  'post-processor "checksum" {\n output = "{{ .Nonsense }}"\n }': true,
  'post-processor "compress" {\n output = "a.nonsense"\n }': true,
  'post-processor "checksum" {\n checksum_types = ["sha3"]\n }': false,
  'post-processors {\n provisioner "shell" {\n }\n }': false,
  'provisoner "shell" {\n inline = ["a"]\n }': false,
  'nonsense = 1': false,
  'sources = ["source.qemu.other"]': false,
  'source "source.qemu.t" {\n memory = 1024\n }': true,
  'source "source.qemu.t" {\n ssh_username = "v"\n }': false,
};

const text = (source: string, build: string): string => `variable "v" {
  default = "1"
}
source "qemu" "t" {
  iso_url = "a.iso"
  iso_checksum = "none"
  ssh_username = "u"
  ${source}
}
build {
  ${build.includes('source "') || build.startsWith('sources') ? '' : 'sources = ["source.qemu.t"]'}
  ${build}
}
`;

describe.skipIf(!hasPacker)('templates are accepted and refused as by Packer', () => {
  const oracle = hasPacker ? new Oracle() : undefined;
  afterAll(() => oracle?.end());

  async function both(template: string): Promise<{ packer: boolean; goldsmith: boolean; why: string }> {
    if (!oracle) return { packer: false, goldsmith: false, why: '' };
    oracle.write('work/a.sh', '#!/bin/sh\n');
    const file = oracle.write('work/t.pkr.hcl', template);
    const theirs = oracle.validate('t.pkr.hcl');
    const error: unknown = await readRecipe(file, { cwd: oracle.work, env: {} }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    return { packer: theirs.isValid, goldsmith: error === undefined, why: `${String(error)} / ${theirs.output}` };
  }

  it.each(Object.entries(SOURCES))('source: %s', async (line, isValid) => {
    const { packer, goldsmith, why } = await both(text(line, ''));
    expect({ packer, goldsmith }, why).toEqual({ packer: isValid, goldsmith: isValid });
  });

  it.each(STRICTER)('we alone refuse: %s', async line => {
    const { packer, goldsmith, why } = await both(text(line, ''));
    expect({ packer, goldsmith }, why).toEqual({ packer: true, goldsmith: false });
  });

  it.each(Object.entries(BUILDS))('build: %s', async (block, isValid) => {
    const { packer, goldsmith, why } = await both(text('', block));
    expect({ packer, goldsmith }, why).toEqual({ packer: isValid, goldsmith: isValid });
  });
});
