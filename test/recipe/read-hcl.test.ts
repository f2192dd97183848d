// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are HCL
import { symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { build, Folder, source } from './folder.ts';

const folder = new Folder();
afterAll(() => folder.end());
const template = (text: string): string => {
  folder.write({ 't.pkr.hcl': text });
  return 't.pkr.hcl';
};

describe('variables', () => {
  const text = `
variable "mem" {
  type        = number
  description = "MiB"
  default     = 1024
  validation {
    condition     = var.mem >= 512
    error_message = "At least 512."
  }
}
variable "names" {
  type    = list(string)
  default = ["a"]
}
variable "home" { default = env("HOME") }
variables {
  short = "s"
}
variable "conf" {
  type = object({ a = string, b = optional(number, 7) })
  default = { a = "x" }
}
${source('  memory = var.mem\n  vm_name = "${join("-", var.names)}-${var.home}-${var.short}-${var.conf.b}"')}${build()}`;

  it('have defaults', async () => {
    const { source: made } = await folder.builder(template(text), { env: { HOME: 'h' } });
    expect(made).toMatchObject({ memoryMiB: 1024, vmName: 'a-h-s-7' });
  });

  it('are listed with their types', async () => {
    const { variables } = await folder.read(template(text));
    expect(variables.find(variable => variable.name === 'mem')).toEqual({
      name: 'mem',
      type: 'number',
      description: 'MiB',
      hasDefault: true,
      value: 1024,
      sensitive: false,
    });
    expect(variables.find(variable => variable.name === 'names')?.type).toBe('list(string)');
  });

  it('take values from environment, files and arguments, the later the stronger', async () => {
    folder.write({ 'a.pkrvars.hcl': 'mem = 3000\nnames = ["f"]\nshort = "file"', 'b.json': '{"names": ["j"]}' });
    const options = {
      env: { PKR_VAR_mem: '2000', PKR_VAR_short: 'env' },
      variableFiles: ['a.pkrvars.hcl', 'b.json'],
      variables: { names: '["x", "y"]' },
    };
    const { source: made } = await folder.builder(template(text), options);
    expect(made).toMatchObject({ memoryMiB: 3000, vmName: 'x-y--file-7' });
  });

  it.each([
    [{ variables: { mem: '100' } }, 'The variable "mem" has a wrong value: At least 512.'],
    [{ variables: { mem: 'lots' } }, /The variable "mem" is number, and this value is string: a number is required/],
    [{ variables: { nam: 'x' } }, 'The template declares no variable "nam", but a value is given for it.'],
    [{ variables: { names: '[' } }, /Expected a value|Expected ","/],
    [{ env: { PKR_VAR_names: 'a,b' } }, /Expected the end of the value/],
    [{ variableFiles: ['none.hcl'] }, /none\.hcl is not there/],
  ])('%j is refused', async (options, message) => {
    expect((await folder.error(template(text), options)).message).toMatch(message);
  });

  it('without value are refused with what to do', async () => {
    const error = await folder.error(template(`variable "v" {\n  type = string\n}\n${source()}${build()}`));
    expect(error.hint).toBe('Give it with -var v=..., in a file of variables, or as PKR_VAR_v.');
    expect(error.details.place).toMatchObject({ line: 1, column: 10, source: 'variable "v" {' });
  });

  it('without value are all named at once', async () => {
    const three = 'variable "a" {}\nvariable "b" { default = 1 }\nvariable "c" {}\nvariable "d" {}\n';
    expect((await folder.error(template(`${three}${source()}${build()}`))).hint).toMatch(/either: c, d\.$/);
    folder.write({ 't.json': '{"variables": {"a": null, "b": "", "c": null}, "builders": [{"type": "qemu"}]}' });
    expect((await folder.error('t.json')).hint).toMatch(/either: c\.$/);
  });

  it('that are sensitive are the secrets of each builder', async () => {
    const secret =
      'variable "pw" {\n  default   = "hunter2"\n  sensitive = true\n}\nlocal "key" {\n  expression = { a = ["k3y"] }\n  sensitive  = true\n}\n';
    const builder = await folder.builder(template(`${secret}${source()}${build()}`));
    expect(builder.secrets).toEqual(['hunter2', 'k3y']);
  });
});

describe('a folder', () => {
  it('is one template, with its own values', async () => {
    folder.write({
      'd/source.pkr.hcl': source('  memory = var.mem\n  vm_name = local.name'),
      'd/build.pkr.hcl': build(),
      'd/variables.pkr.hcl':
        'variable "mem" {\n  type = number\n}\nlocals {\n  name = "n-${path.root}-${basename(path.cwd)}"\n}\n',
      'd/x.auto.pkrvars.hcl': 'mem = 700',
      'd/x.pkrvars.hcl': 'mem = 9000',
      'd/old.json': '{}',
    });
    const { source: made } = await folder.builder('d');
    expect(made.memoryMiB).toBe(700);
    expect(made.vmName).toMatch(/^n-d-goldsmith-recipe-/);
  });

  it('without templates is refused', async () => {
    folder.write({ 'e/old.json': '{}' });
    expect((await folder.error('e')).hint).toBe('A JSON template is named itself: old.json.');
    expect((await folder.error('nowhere')).code).toBe('not-found');
  });
});

describe('locals', () => {
  it('are evaluated after those they need', async () => {
    const text = `locals {\n  a = "\${local.b}!"\n  b = upper(local.c)\n}\nlocals {\n  c = data.null.x.output\n}\ndata "null" "x" {\n  input = "z"\n}\n${source('  vm_name = local.a')}${build()}`;
    expect((await folder.builder(template(text))).source.vmName).toBe('Z!');
  });

  it('cannot need one another', async () => {
    const error = await folder.error(
      template(`locals {\n  a = local.b\n  b = [for x in [1] : local.a]\n}\n${source()}${build()}`),
    );
    expect(error.message).toBe('These values need one another: local.a -> local.b -> local.a.');
    expect(error.details.place).toMatchObject({ line: 3, column: 23 });
  });

  it('a data source of a plugin is unknown, which matters where a builder needs it, but not in a note', async () => {
    const data = 'data "amazon-ami" "x" {\n  region = "y"\n}\n';
    const { problems } = await folder.read(template(`${data}${source()}${build()}`));
    expect(problems.map(problem => problem.severity)).toContain('note');
    const error = await folder.error(template(`${data}${source('  vm_name = data.amazon-ami.x.id')}${build()}`));
    expect(error).toMatchObject({
      code: 'unsupported',
      message: 'The value of "vm_name" is not known while the template is read.',
      hint: expect.stringContaining('data.amazon-ami.x'),
    });
    const upload = 'post-processor "vagrant-registry" {\n  version = data.amazon-ami.x.id\n}';
    const builder = await folder.builder(template(`${data}${source()}${build(upload)}`));
    expect(builder.postProcessors[0]?.[0]?.options).toEqual({ version: '(not known while the template is read)' });
  });
});

describe('builds', () => {
  it('name several sources, their own names, and what they add', async () => {
    const text = `${source('  vm_name = "${source.name}-${source.type}"', 'a')}${source('', 'b')}
build {
  name    = "first"
  sources = ["source.qemu.a", "qemu.b"]
}
build {
  source "qemu.a" {
    name   = "big"
    memory = 4096
  }
  provisioner "shell" {
    inline = ["\${build.name}|\${source.name}|\${build.ID}|{{ .Host }}"]
  }
}`;
    const { builders } = await folder.read(template(text));
    expect(builders.map(builder => builder.name)).toEqual(['first.qemu.a', 'first.qemu.b', 'qemu.big']);
    expect(builders.map(({ source: made }) => [made.vmName, made.memoryMiB, made.outputDirectory])).toEqual([
      ['a-qemu', 512, 'output-a'],
      ['packer-b', 512, 'output-b'],
      ['big-qemu', 4096, 'output-a'],
    ]);
    expect(builders[2]?.provisioners[0]).toMatchObject({ inline: ['|big|{{ .ID }}|{{ .Host }}'] });
  });

  it('values of the build stay in texts; what needs their content is refused', async () => {
    const text = (inline: string): string =>
      `${source()}${build(`  provisioner "shell" {\n    inline = [${inline}]\n  }`)}`;
    const { provisioners } = await folder.builder(
      template(text('format("%s@%s", build.User, jsonencode({ h = build.Host }))')),
    );
    expect(provisioners[0]).toMatchObject({ inline: ['{{ .User }}@{"h":"{{ .Host }}"}'] });
    expect(await folder.error(template(text('upper(build.User)')))).toMatchObject({
      code: 'unsupported',
      message: 'upper() needs a value that only a running build has.',
    });
    expect(await folder.error(template(text('build.User == "root" ? "a" : "b"')))).toMatchObject({
      code: 'unsupported',
    });
    expect(await folder.error(template(text('build.Usr')))).toMatchObject({ hint: 'Did you mean "User"?' });
  });

  it('are chosen by name or glob', async () => {
    const text = `${source('', 'a')}${source('', 'b')}${build('', '"source.qemu.a", "source.qemu.b"')}`;
    const names = async (options: object) =>
      (await folder.read(template(text), options)).builders.map(({ name }) => name);
    expect(await names({ only: ['qemu.a'] })).toEqual(['qemu.a']);
    expect(await names({ only: ['*.b'] })).toEqual(['qemu.b']);
    expect(await names({ except: ['*b'] })).toEqual(['qemu.a']);
    expect((await folder.error(template(text), { only: ['qemu.c'] })).hint).toBe('Did you mean "qemu.a"?');
  });

  it('of other types are left out with a note, or refused when nothing is left', async () => {
    const docker = 'source "docker" "d" {\n  image = "x"\n}\n';
    const { builders, problems } = await folder.read(
      template(`${docker}${source()}${build('', '"docker.d", "qemu.t"')}`),
    );
    expect(builders).toHaveLength(1);
    expect(problems.map(problem => problem.message)).toContain(
      'The builder "docker.d" is left out: Goldsmith runs qemu builders, not docker.',
    );
    expect(await folder.error(template(`${docker}${build('', '"docker.d"')}`))).toMatchObject({ code: 'unsupported' });
  });

  it('dynamic blocks stand for as many as they make', async () => {
    const text = `locals {\n  steps = { one = "echo 1", two = "echo 2" }\n}\n${source()}${build(`
  dynamic "provisioner" {
    for_each = local.steps
    iterator = step
    labels   = ["shell"]
    content {
      inline = [step.value]
      environment_vars = ["KEY=\${step.key}"]
    }
  }`)}`;
    const { provisioners } = await folder.builder(template(text));
    expect(provisioners.map(one => one.kind === 'shell' && [one.inline[0], one.environment])).toEqual([
      ['echo 1', { KEY: 'one' }],
      ['echo 2', { KEY: 'two' }],
    ]);
  });

  it('the iterator of a dynamic source is "source", and hides the source itself', async () => {
    const text = `source "qemu" "t" {}\n${build(
      `
  dynamic "source" {
    for_each = { a = "1.iso", b = "2.iso" }
    labels   = ["qemu.t"]
    content {
      name         = source.key
      iso_url      = source.value
      iso_checksum = "none"
      ssh_username = "root"
      vm_name      = join("-", [source.key, templatefile("n.tpl", { source = source })])
    }
  }
  provisioner "shell" {
    inline = ["echo \${source.name}"]
  }`,
      '',
    )}`;
    folder.write({ 'n.tpl': '${source.value}' });
    const { builders } = await folder.read(template(text));
    expect(builders.map(({ name, source: { vmName } }) => [name, vmName])).toEqual([
      ['qemu.a', 'a-1.iso'],
      ['qemu.b', 'b-2.iso'],
    ]);
    expect(builders[1]?.provisioners[0]).toMatchObject({ inline: ['echo b'] });
  });
});

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

describe('files as editors leave them', () => {
  const text = `variable "n" {\n  default = "a"\n}\n${source('  vm_name = var.n')}${build()}`;
  const read = async (file: string, content: Buffer | string) => {
    folder.write({ [file]: '' });
    writeFileSync(path.join(folder.path, file), content);
    return file;
  };

  it.each([
    ['a byte order mark', `\ufeff${text}`],
    ['CR LF', text.replaceAll('\n', '\r\n')],
    ['tabs and comments', text.replaceAll('  ', '\t').replace('{\n', '{ // x\n/* y\n */\n')],
    ['no line end at the end', text.trimEnd()],
  ])('%s is read', async (_, content) => {
    expect((await folder.builder(await read('editor.pkr.hcl', content))).source.vmName).toBe('a');
  });

  it.each([
    ['UTF-16', Buffer.from(`\ufeff${text}`, 'utf16le'), 'This file is UTF-16.', 1],
    ['Latin-1', Buffer.from(text.replace('"a"', '"ä"'), 'latin1'), 'This character is not UTF-8.', 2],
  ])('%s is refused with its place', async (_, content, message, line) => {
    const error = await folder.error(await read('editor.pkr.hcl', content));
    expect(error).toMatchObject({ message, hint: 'Save the file as UTF-8.', details: { place: { line } } });
  });

  it('a folder with values in JSON beside HCL, a link and what an editor left', async () => {
    folder.write({
      'odd/b.txt': text,
      'odd/v.pkr.json': '{"variable": {"m": {"type": "string"}}}',
      'odd/x.auto.pkrvars.json': '\ufeff{"m": "j", "n": "k"}\r\n',
      'odd/a.pkr.hcl~': 'garbage {{{',
    });
    symlinkSync('b.txt', path.join(folder.path, 'odd/a.pkr.hcl'));
    expect((await folder.builder('odd')).source.vmName).toBe('k');
  });
});

describe('HCL2 in JSON', () => {
  it('is read like the native syntax', async () => {
    const text = {
      '//': 'a comment',
      variable: { mem: { type: 'number', default: 700 }, list: { type: 'list(string)', default: ['a'] } },
      locals: { name: 'n-${var.mem}' },
      source: {
        qemu: {
          t: {
            iso_url: 'a.iso',
            iso_checksum: 'none',
            ssh_username: 'u',
            memory: '${var.mem}',
            vm_name: '${local.name}-${source.name}',
          },
        },
      },
      build: [
        {
          sources: ['source.qemu.t'],
          provisioner: [{ shell: { inline: ['echo ${join(",", var.list)}'] } }, { shell: { inline: ['two'] } }],
        },
      ],
    };
    folder.write({ 'j.pkr.json': JSON.stringify(text, null, 1) });
    const builder = await folder.builder('j.pkr.json');
    expect(builder.source).toMatchObject({ memoryMiB: 700, vmName: 'n-700-t' });
    expect(builder.provisioners).toHaveLength(2);
  });

  it('points at the string that is wrong', async () => {
    folder.write({ 'k.pkr.json': '{\n "locals": {\n  "a": "${nosuch}"\n }\n}' });
    expect((await folder.error('k.pkr.json')).details.place).toMatchObject({ line: 3, column: 8 });
  });
});
