// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are HCL
import { afterAll, describe, expect, it } from 'vitest';
import { build, Folder, source } from './folder.ts';

const folder = new Folder();
afterAll(() => folder.end());
const template = (text: string): string => {
  folder.write({ 't.pkr.hcl': text });
  return 't.pkr.hcl';
};

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
