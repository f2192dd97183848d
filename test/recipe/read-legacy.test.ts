import { afterAll, describe, expect, it } from 'vitest';
import type { ReadOptions } from '../../core/recipe/read.ts';
import { Folder } from './folder.ts';

const folder = new Folder();
afterAll(() => folder.end());

const BUILDER = { type: 'qemu', iso_url: 'a.iso', iso_checksum: 'none', ssh_username: 'u' };
const text = (parts: object, builder: object = {}): string =>
  JSON.stringify({ builders: [{ ...BUILDER, ...builder }], ...parts }, null, 1);
const template = (content: string): string => {
  folder.write({ 't.json': content });
  return 't.json';
};
const builderOf = (parts: object, builder: object = {}, options: ReadOptions = {}) =>
  folder.builder(template(text(parts, builder)), options);

describe('user variables', () => {
  it('may use one another, the environment and functions', async () => {
    const variables = {
      a: '{{ user `b` }}-{{ env `X` }}',
      b: '{{ isotime `2006-01` }}',
      c: 5,
      d: true,
      url: '{{ .HTTPIP }}',
    };
    const builder = await builderOf(
      { variables },
      { vm_name: '{{ user `a` }}.{{ user `c` }}.{{ user `d` }}', boot_command: ['{{ user `url` }} {{.HTTPPort}}'] },
      { env: { X: 'x' } },
    );
    expect(builder.source).toMatchObject({
      vmName: '2026-01-x.5.true',
      bootCommand: ['{{ .HTTPIP }} {{ .HTTPPort }}'],
    });
  });

  it('take values from files and arguments', async () => {
    folder.write({ 'v.json': '{"a": "file", "b": "file", "n": 1}' });
    const builder = await builderOf(
      { variables: { a: null, b: '', n: '' } },
      { vm_name: '{{user `a`}}{{user `b`}}{{user `n`}}' },
      { variableFiles: ['v.json'], variables: { b: 'arg' } },
    );
    expect(builder.source.vmName).toBe('filearg1');
  });

  it('know the folder of the template', async () => {
    const builder = await builderOf(
      { variables: { dir: '{{ template_dir }}/x' } },
      { boot_command: ['{{ user `dir` }}'] },
    );
    expect(builder.source.bootCommand).toEqual([`${folder.path}/x`]);
  });

  it('that are sensitive are secrets', async () => {
    const builder = await builderOf(
      { variables: { pw: 'hunter2' }, 'sensitive-variables': ['pw'] },
      { ssh_password: '{{ user `pw` }}' },
    );
    expect(builder.secrets).toEqual(['hunter2']);
    expect(builder.source.communicator).toMatchObject({ password: 'hunter2' });
  });

  it('that nobody declared are empty, with a warning', async () => {
    const { builders, problems } = await folder.read(
      template(text({ variables: { name: 'x' } }, { vm_name: 'v{{ user `nam` }}' })),
    );
    expect(builders[0]?.source.vmName).toBe('v');
    expect(problems).toContainEqual(expect.objectContaining({ severity: 'warning', hint: 'Did you mean "name"?' }));
  });

  it.each([
    [{ variables: { a: null } }, 'The variable "a" has no value.'],
    [{ variables: { a: '{{ user `b` }}', b: '{{ user `a` }}' } }, 'These variables need one another: a -> b -> a.'],
    [{ variables: { a: '{{ user `nosuch` }}' } }, 'There is no variable "nosuch".'],
    [{ variables: { a: ['x'] } }, 'The variable "a" is a text.'],
    [
      { variables: { a: '{{ vault `x` `y` }}' } },
      'vault asks a service over the network, which Goldsmith does not do.',
    ],
    [{ variables: { a: '{{ build_name }}' } }, '{{ build_name }} has no value here.'],
    [{ variables: { a: '{{' } }, '"{{" is not closed by "}}".'],
  ])('%j is refused', async (parts, message) => {
    const error = await folder.error(template(text(parts)));
    expect(error.message).toBe(message);
    expect(error.details.place?.line).toBeGreaterThan(1);
  });
});

describe('what people write in JSON', () => {
  it('comments and double keys are accepted', async () => {
    const content = `{
  "__comment": "first", "__comment": "second",
  "variables": { "__comment": "x", "a": "1", "__comment": "y" },
  "builders": [{ "_comment": ["any"], "type": "qemu", "iso_url": "a.iso", "iso_checksum": "none",
    "ssh_username": "u", "memory": 512, "memory": 1024, "__c": {} }]
}`;
    const { builders, problems } = await folder.read(template(content));
    expect(builders[0]?.source.memoryMiB).toBe(1024);
    expect(problems).toContainEqual(
      expect.objectContaining({ message: '"memory" is given twice; the last one counts.', severity: 'warning' }),
    );
  });

  it('numbers and flags may be texts, lists may be one text', async () => {
    const builder = await builderOf(
      {},
      {
        memory: '2048',
        headless: 'true',
        cpus: 2.0,
        disk_size: 5000,
        floppy_files: '',
        shutdown_timeout: '10m',
        qemuargs: [['-m', 512]],
      },
    );
    expect(builder.source).toMatchObject({
      memoryMiB: 2048,
      headless: true,
      cpus: 2,
      diskSizeMiB: 5000,
      floppyFiles: [],
      shutdownTimeoutMs: 600_000,
      qemuArgs: [['-m', '512']],
    });
  });

  it.each([
    ['{"builders": [', 1, 15, 'Expected a value, but found the end of the file.'],
    ['{"builders": [{}],}', 1, 19, 'Expected a key in double quotes, but found "}".'],
    ["{'a': 1}", 1, 2, 'Expected a key in double quotes, but found "\'".'],
    ['{"a" 1}', 1, 6, 'Expected ":" after the key, but found "1".'],
    ['{"a": "x\ny"}', 1, 7, 'This string is not closed on its line.'],
    ['{"a": "\\x"}', 1, 8, 'The escape \\x means nothing in JSON.'],
    ['[]', 1, 1, 'A template is an object.'],
    ['{}', 1, 1, 'The template has no builders.'],
    ['{"bilders": []}', 1, 2, 'A template has no "bilders".'],
    ['{"builders": {}}', 1, 14, '"builders" is a list.'],
    ['{"builders": [{"name": "x"}]}', 1, 15, 'A builder has a "type".'],
    [
      '{"builders": [{"type": "null"}], "provisioners": [{"override": {"_why": {}, "nul": {}}}]}',
      1,
      77,
      '"override" is for a builder "nul", and there is none of that name.',
    ],
    [`{"a":${'['.repeat(5000)}`, 1, 206, 'The template is nested too deeply.'],
  ])('%j is refused', async (content, line, column, message) => {
    expect(await folder.error(template(content))).toMatchObject({ message, details: { place: { line, column } } });
  });
});

describe('old spellings are repaired with a note', () => {
  it.each([
    [{ iso_checksum: 'a'.repeat(64), iso_checksum_type: 'sha256' }, { isoChecksum: `sha256:${'a'.repeat(64)}` }],
    [{ iso_checksum: '', iso_checksum_type: 'none' }, { isoChecksum: 'none' }],
    [
      { iso_checksum: '', iso_checksum_url: 'http://x/SUMS', iso_checksum_type: 'sha256' },
      { isoChecksum: 'file:http://x/SUMS' },
    ],
    [{ iso_checksum: null, iso_md5: 'b'.repeat(32) }, { isoChecksum: `md5:${'b'.repeat(32)}` }],
    [
      { ssh_host_port_min: 3000, ssh_host_port_max: 3100 },
      { hostPortMin: 3000, hostPortMax: 3100 },
    ],
    [{ ssh_skip_nat_mapping: true }, { skipNatMapping: true }],
  ])('%j', async (options, expected) => {
    const { builders, problems } = await folder.read(template(text({}, options)));
    expect(builders[0]?.source).toMatchObject(expected);
    expect(problems.filter(problem => problem.severity === 'note')).not.toEqual([]);
  });

  it('of the communicator', async () => {
    folder.write({ 'k.pem': 'x' });
    const builder = await builderOf({}, { ssh_wait_timeout: '45m', ssh_key_path: 'k.pem', ssh_disable_agent: true });
    expect(builder.source.communicator).toMatchObject({ timeoutMs: 2_700_000, privateKeyFile: 'k.pem' });
  });

  it('of provisioners and post-processors', async () => {
    const builder = await builderOf(
      {
        provisioners: [
          { type: 'powershell', inline: ['x'], elevated_user: 'a', elevated_password: 'p`$w`"' },
          { type: 'ansible-local', playbook_file: 'p.yml', galaxycommand: 'g' },
        ],
        'post-processors': [
          { type: 'manifest', filename: 'm.json' },
          { type: 'vagrant', virtualbox: { output: 'x' } },
          [
            { type: 'docker-import', repository: 'r' },
            { type: 'docker-tag', tag: 'a,b' },
          ],
        ],
      },
      {},
      { only: [] },
    ).catch(error => error);
    expect(builder.message).toBe('"playbook_file": the file "p.yml" is not there.');
    folder.write({ 'p.yml': '' });
    const read = await folder.builder('t.json');
    expect(read.provisioners[0]).toMatchObject({ elevatedPassword: 'p$w"' });
    expect(read.provisioners[1]).toMatchObject({ galaxyCommand: 'g' });
    expect(read.postProcessors.map(chain => chain.map(one => one.options))).toEqual(
      [
        [{ output: 'm.json' }],
        [{ override: { virtualbox: { output: 'x' } } }],
        [{ repository: 'r' }, { tags: ['a', 'b'] }],
      ].map(chain => chain.map(options => expect.objectContaining(options))),
    );
  });
});

describe('provisioners of a legacy template', () => {
  const provisioners = [
    {
      type: 'shell',
      inline: ['echo {{ user `a` }} {{ build `ID` }} {{ .Host }} {{ build_name }}'],
      execute_command: "echo '{{ user `a` }}' | {{ .Vars }} sudo {{ .Path }}",
      max_retries: '{{ user `n` }}',
      pause_before: '10s',
      timeout: '1m',
    },
    { type: 'shell', inline: ['b'], only: ['two'] },
    { type: 'shell', inline: ['c'], except: ['one'] },
    { type: 'shell', inline: ['d'], override: { one: { inline: ['overridden'], expect_disconnect: true } } },
  ];

  it('apply to the builders they name', async () => {
    const builders = [
      { ...BUILDER, name: 'one' },
      { ...BUILDER, name: 'two' },
    ];
    const content = JSON.stringify({
      variables: { a: 'pw', n: '3' },
      builders,
      provisioners,
      'error-cleanup-provisioner': { type: 'shell-local', command: 'true' },
    });
    const recipe = await folder.read(template(content));
    const inline = recipe.builders.map(builder =>
      builder.provisioners.map(one => (one.kind === 'shell' ? one.inline : [])),
    );
    expect(inline).toEqual([
      [['echo pw {{ .ID }} {{ .Host }} one'], ['overridden']],
      [['echo pw {{ .ID }} {{ .Host }} two'], ['b'], ['c'], ['d']],
    ]);
    expect(recipe.builders[0]?.provisioners[0]).toMatchObject({
      maxRetries: 3,
      pauseBeforeMs: 10_000,
      timeoutMs: 60_000,
      executeCommand: "echo 'pw' | {{ .Vars }} sudo {{ .Path }}",
    });
    expect(recipe.builders[0]?.provisioners[1]).toMatchObject({ expectDisconnect: true });
    expect(recipe.builders[0]?.errorCleanup).toMatchObject({ kind: 'shell-local', command: 'true' });
  });
});

describe('post-processors of a legacy template', () => {
  const content = (postProcessors: unknown): string => text({ 'post-processors': postProcessors });

  it('are names, objects and chains', async () => {
    const builder = await folder.builder(
      template(
        content([
          'manifest',
          { type: 'compress', output: '{{ .BuildName }}.gz', keep_input_artifact: true },
          [{ type: 'vagrant' }, 'vagrant-cloud'],
        ]),
      ),
    );
    expect(
      builder.postProcessors.map(chain =>
        chain.map(({ type, isHandOff, keepInputArtifact }) => [type, isHandOff, keepInputArtifact]),
      ),
    ).toEqual([
      [['manifest', false, undefined]],
      [['compress', false, true]],
      [
        ['vagrant', false, undefined],
        ['vagrant-cloud', true, undefined],
      ],
    ]);
    expect(builder.postProcessors[1]?.[0]?.options).toEqual({ output: '{{ .BuildName }}.gz' });
  });

  it('that are unknown are refused, or left out', async () => {
    const name = template(content(['nosuch', 'manifest']));
    expect(await folder.error(name)).toMatchObject({ code: 'unsupported' });
    const { builders, problems } = await folder.read(name, { lenient: true });
    expect(builders[0]?.postProcessors).toHaveLength(1);
    expect(problems).toContainEqual(expect.objectContaining({ severity: 'warning' }));
  });

  it('are left out by name', async () => {
    const { builders } = await folder.read(
      template(content([[{ type: 'manifest', name: 'm' }, 'compress'], 'checksum'])),
      { except: ['m'] },
    );
    expect(builders[0]?.postProcessors.map(chain => chain.map(one => one.type))).toEqual([['checksum']]);
  });
});
