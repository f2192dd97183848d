// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are HCL
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

  it.each([
    ['contains(["a", "b"], var.x)', ['a', 'b']],
    ['(contains(["a", 1.5], var.x))', ['a', '1.5']],
    ['var.x == "a" || "b" == var.x', ['a', 'b']],
    ['var.x == "a" || length(var.x) > 3', undefined],
    ['contains(["a", lower("B")], var.x)', undefined],
    ['contains(split(",", var.x), "a")', undefined],
    ['var.x != "b"', undefined],
  ])('offer a closed choice where a rule leaves one: %s', async (condition, choices) => {
    const rule = `validation {\n    condition = ${condition}\n    error_message = "No."\n  }`;
    const declared = `variable "x" {\n  default = "a"\n  ${rule}\n}`;
    const { variables } = await folder.read(template(`${declared}\n${source('')}${build()}`));
    expect(variables[0]?.choices).toEqual(choices);
    const secret = declared.replace('default', 'sensitive = true\n  default');
    const { variables: kept } = await folder.read(template(`${secret}\n${source('')}${build()}`));
    expect(kept[0]?.choices).toBeUndefined();
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
