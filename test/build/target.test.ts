import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sourceProblems } from '../../core/build/machine.ts';
import { checkOutput, hasOutput } from '../../core/build/steps/artifact.ts';
import { findTarget, findTargets } from '../../core/build/target.ts';
import { lintTarget } from '../../core/engine/lint-target.ts';
import { bootOf, outputsOf, switchesOf } from '../../core/engine/plan-parts.ts';
import { Folder } from '../recipe/folder.ts';

const folder = new Folder();
afterAll(() => folder.end());

const options = folder.targetOptions.bind(folder);

const source = (name: string, more = ''): string => `source "qemu" "${name}" {
  iso_url      = "${name}.iso"
  iso_checksum = "none"
  ssh_username = "u"
  ${more}
}
`;
const build = (...names: string[]): string =>
  `build { sources = [${names.map(name => `"source.qemu.${name}"`).join(', ')}] }\n`;

describe('a bare template', () => {
  it('is one image for each builder, named after both when there are several', async () => {
    folder.write({ 'two.pkr.hcl': source('a') + source('b') + build('a', 'b') });
    const targets = await findTargets('two.pkr.hcl', options());
    expect(targets.map(({ image, isBare }) => [image.name, isBare])).toEqual([
      ['two-a', true],
      ['two-b', true],
    ]);
    const [only] = await findTargets('two.pkr.hcl', options({ only: ['qemu.b'] }));
    expect(only?.image.name).toBe('two-b');
    await expect(findTarget('two.pkr.hcl', options())).rejects.toMatchObject({
      code: 'usage',
      hint: expect.stringContaining('qemu.a, qemu.b'),
    });
  });

  it('is released in its own format, unsealed', async () => {
    folder.write({
      'raw.pkr.hcl': source('r', 'format = "raw"') + build('r'),
      'small.pkr.hcl': source('s', 'disk_compression = true') + build('s'),
    });
    expect((await findTarget('raw.pkr.hcl', options())).image).toMatchObject({
      name: 'raw',
      seal: false,
      release: { format: 'raw', compress: 'none' },
    });
    expect((await findTarget('small.pkr.hcl', options())).image.release).toEqual({ format: 'qcow2', compress: 'zlib' });
  });

  it('takes variables, files of them, and leaves unknown post-processors out when it is told to', async () => {
    folder.write({
      'dir/t.pkr.hcl': `variable "n" { type = string }\n${source('v', 'vm_name = var.n')}build {\n sources = ["qemu.v"]\n post-processor "nosuch" {}\n}`,
      'vars.hcl': 'n = "from-file"',
    });
    const file = path.join(folder.path, 'vars.hcl');
    await expect(findTarget('dir', options({ variableFiles: [file] }))).rejects.toMatchObject({ code: 'unsupported' });
    const { builder, recipe } = await findTarget('dir', options({ variableFiles: [file], isLenient: true }));
    expect(builder.source.vmName).toBe('from-file');
    expect(recipe.problems.some(({ severity, message }) => severity === 'warning' && message.includes('nosuch'))).toBe(
      true,
    );
  });

  it('says which files it will leave, and refuses to overwrite or swallow anything', async () => {
    folder.write({ 'out.pkr.hcl': source('o', 'efi_boot = true\n disk_additional_size = ["1G"]') + build('o') });
    const target = await findTarget('out.pkr.hcl', options());
    expect(hasOutput(target)).toBe(true);
    expect(outputsOf(target)).toEqual(['output-o/packer-o', 'output-o/packer-o-1', 'output-o/efivars.fd']);
    await checkOutput(target, false);
    folder.write({ 'output-o/x': '' });
    await expect(checkOutput(target, false)).rejects.toMatchObject({
      code: 'exists',
      hint: expect.stringContaining('--force'),
    });
    await checkOutput(target, true);
    folder.write({ 'here.pkr.hcl': source('h', 'output_directory = "."') + build('h') });
    const here = await findTarget('here.pkr.hcl', options());
    await expect(checkOutput(here, true)).rejects.toMatchObject({ code: 'bad-recipe' });
  });
});

describe('what a plan says of a recipe', () => {
  it('what qemuargs replaced, and how long typing takes', async () => {
    const more = 'boot_command = ["aB<wait5><enter>"]\n qemuargs = [["-m", "1G"]]';
    folder.write({ 'p.pkr.hcl': source('p', more) + build('p') });
    const target = await findTarget('p.pkr.hcl', options());
    const { boot } = bootOf(target, true);
    expect(boot).toMatchObject({ kind: 'typed', typing: { events: 8, ms: 5800 }, actions: { length: 9 } });
    expect(switchesOf(target, 'tcg').find(({ name }) => name === '-m')).toEqual({
      name: '-m',
      values: ['1G'],
      origin: 'recipe',
      replaced: ['512M'],
    });
  });

  it.each([
    ['boot_command = ["<wait0>"]', 'bad-boot-command'],
    ['boot_command = ["é"]', 'bad-boot-command'],
  ])('%s is an error before anything is made', async (line, code) => {
    folder.write({ 'w.pkr.hcl': source('w', line) + build('w') });
    const { problems } = bootOf(await findTarget('w.pkr.hcl', options()), false);
    expect(problems[0]).toMatchObject({ code, severity: 'error', place: { line: 1 } });
  });

  it.each([['cdrom_interface = "nvme"', 'cdrom_interface']])('%s cannot be run and is refused', async (line, word) => {
    folder.write({ 'c.pkr.hcl': source('c', line) + build('c') });
    const { builder } = await findTarget('c.pkr.hcl', options());
    expect(sourceProblems(builder.source)).toMatchObject([
      { severity: 'error', message: expect.stringContaining(word) },
    ]);
  });

  it.each([
    ['checksum', 'checksum_types = ["crc9"]', 'bad-recipe'],
    ['provenance', 'signing_mode = "kms"', 'unsupported'],
    ['vagrant', 'provider_override = "virtualbox"', 'unsupported'],
  ])('the post-processor %s with %s is refused when it is read', async (type, line, code) => {
    folder.write({
      'pp.pkr.hcl': `${source('x')}build {\n sources = ["qemu.x"]\n post-processor "${type}" {\n ${line}\n }\n}`,
    });
    await expect(findTarget('pp.pkr.hcl', options())).rejects.toMatchObject({ code, details: { place: { line: 10 } } });
  });

  it.each([
    ['http://{{ .HTTPIP }}:{{ .HTTPPort }}/own/ks.cfg', 0],
    ['http://{{.HTTPIP}}:{{.HTTPPort}}/ow<wait>n/ks.cfg', 0],
    ['http://{{ .HTTPIP }}:{{ .HTTPPort }}/own/ ', 0],
    ['http://{{ .HTTPIP }}:{{ .HTTPPort }}/other/ks.cfg', 1],
    ['nothing that is served', 1],
  ])('of the answers in a folder for many systems only what concerns this one: %s', async (typed, count) => {
    const ks = (mib: number): string => `rootpw --lock\nreboot\npart / --fstype=ext4 --size=${mib}\n`;
    const more = `http_directory = "http"\n disk_size = "5G"\n boot_command = ["inst.ks=${typed}<enter>"]`;
    folder.write({
      'l.pkr.hcl': source('l', more) + build('l'),
      'http/own/ks.cfg': ks(1000),
      'http/other/ks.cfg': ks(90_000),
    });
    const problems = await lintTarget(await findTarget('l.pkr.hcl', options()));
    expect(problems.filter(({ message }) => message.includes('does not fit'))).toHaveLength(count);
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('a bridge with an address is fine', async () => {
    folder.write({ 'c.pkr.hcl': source('c', 'net_bridge = "br0"\n ssh_host = "10.0.0.9"') + build('c') });
    expect(sourceProblems((await findTarget('c.pkr.hcl', options())).builder.source)).toEqual([]);
  });
});
