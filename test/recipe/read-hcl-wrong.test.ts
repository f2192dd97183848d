// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are HCL
import { afterAll, describe, expect, it } from 'vitest';
import { build, Folder, source } from './folder.ts';

const folder = new Folder();
afterAll(() => folder.end());
const template = (text: string): string => {
  folder.write({ 't.pkr.hcl': text });
  return 't.pkr.hcl';
};

describe('wrong templates say where and what', () => {
  it.each([
    [
      `${source('  memroy = 5')}${build()}`,
      5,
      3,
      'The source "qemu.t" has no option "memroy".',
      'Did you mean "memory"?',
    ],
    [`${source('  memory = "x"')}${build()}`, 5, 12, '"memory": a number is required, not the text "x".', undefined],
    [
      `${source('  disk_cache = "writback"')}${build()}`,
      5,
      16,
      '"disk_cache": "writback" is not possible.',
      'Did you mean "writeback"?',
    ],
    [
      `${source('  ssh_timeout = "10"')}${build()}`,
      5,
      17,
      '"ssh_timeout": "10" is no duration.',
      'Write the unit: "10s".',
    ],
    [
      `${source('  boot_command = ["{{ .HTTPPorts }}"]')}${build()}`,
      5,
      18,
      '{{ .HTTPPorts }} has no value here.',
      'Did you mean "HTTPPort"?',
    ],
    [
      `${source('  vm_name = local.x')}${build()}`,
      5,
      19,
      'There is no local value "x".',
      'No local values are known here.',
    ],
    [
      `${source('  vm_name = env("HOME")')}${build()}`,
      5,
      13,
      'env() has a value only in the default of a variable.',
      undefined,
    ],
    [
      `${source()}${build('', '"source.qemu.x"')}`,
      8,
      14,
      'There is no source "source.qemu.x".',
      'Did you mean "source.qemu.t"?',
    ],
    [
      `${source()}${build('  provisoner "shell" {\n  }')}`,
      9,
      3,
      'A "build" has no block "provisoner".',
      'Did you mean "provisioner"?',
    ],
    [
      `${source()}${build('  provisioner "shel" {\n  }')}`,
      9,
      3,
      'There is no provisioner "shel".',
      'Did you mean "shell"?',
    ],
    [
      `${source()}${build('  provisioner "chef-solo" {\n  }')}`,
      9,
      3,
      'The provisioner "chef-solo" is not supported.',
      'Upload the cookbooks with a file provisioner and run chef-solo in a shell provisioner.',
    ],
    [
      `${source()}${build('  provisioner "shell" {\n    inline = "x"\n  }')}`,
      10,
      14,
      '"inline": a list is required, not a text.',
      undefined,
    ],
    [
      `${source()}${build('  post-processor "vagrant" {\n    vagrantfile_template = "nowhere"\n  }')}`,
      10,
      28,
      '"vagrantfile_template": the file "nowhere" is not there.',
      `It was looked for in ${folder.path} and in the template's folder.`,
    ],
    [
      `${source()}${build('  post-processor "shell-local" {\n    inline = ["a"]\n    script = "a.sh"\n  }')}`,
      10,
      14,
      'Only one of "inline" and "script" can be set.',
      undefined,
    ],
    [`${source()}${build('  post-processor "artifice" {\n  }')}`, 9, 3, 'The artifice names no "files".', undefined],
    [
      `${source()}${build('  post-processor "checksums" {\n  }')}`,
      9,
      3,
      'There is no post-processor "checksums".',
      'Did you mean "checksum"? --lenient leaves it out.',
    ],
    [`${source()}buld {\n}`, 7, 1, 'A template has no block "buld".', 'Did you mean "build"?'],
    [
      `${source()}`,
      7,
      1,
      'The template has no "build" block.',
      'A build names its sources: build { sources = ["source.qemu.name"] }.',
    ],
    [`source "qemu" {\n}\n`, 1, 1, 'A block "source" has 2 labels.', 'Write: source "type" "name" {'],
    [
      `${source('  ssh_username = "x"')}${build()}`,
      5,
      3,
      '"ssh_username" is set twice in this block.',
      'Remove one of them.',
    ],
    [
      `x = 1\n${source()}${build()}`,
      1,
      1,
      'The attribute "x" stands outside of any block.',
      'Values of variables stand in a .pkrvars.hcl file.',
    ],
    [
      `${source('  http_content {\n  }')}${build()}`,
      5,
      3,
      '"http_content" is no block here.',
      'Write http_content = { ... }.',
    ],
    [
      `${source('  http_network_protocol = "unix"')}${build()}`,
      5,
      27,
      '"http_network_protocol" is not supported: answers are served over TCP only.',
      undefined,
    ],
  ])('%#: %s', async (text, line, column, message, hint) => {
    const error = await folder.error(template(text));
    expect(error).toMatchObject({ message, details: { place: { line, column } } });
    if (hint !== undefined) expect(error.hint).toBe(hint);
    expect(error.details.place?.source).toBe(text.split('\n')[line - 1]);
  });
});
