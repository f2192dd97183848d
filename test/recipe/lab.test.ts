import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GoldsmithError, type Problem } from '../../core/model/failure.ts';
import { findLab, readLab } from '../../core/recipe/lab.ts';
import { imageOfTemplate } from '../../core/recipe/lab-image.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'lab-'));
  await mkdir(path.join(dir, 'packer'));
  await writeFile(path.join(dir, 'packer/web.pkr.hcl'), '');
  await writeFile(path.join(dir, 'check.sh'), '');
});
afterEach(() => rm(dir, { recursive: true }));

async function lab(text: string): Promise<string> {
  await writeFile(path.join(dir, 'lab.yaml'), text);
  return dir;
}

const problemsOf = async (text: string): Promise<Problem[]> => {
  const error = await readLab(await lab(text)).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof GoldsmithError)) throw new Error(`not refused: ${String(error)}`);
  expect(error.code).toBe('bad-lab');
  expect(error.message).not.toMatch(/\bat .*\.[jt]s:/);
  return error.details.problems as Problem[];
};
/** `line:column message | hint` */
const shown = async (text: string): Promise<string[]> =>
  (await problemsOf(text)).map(
    ({ place, message, hint }) => `${place?.line}:${place?.column} ${message}${hint ? ` | ${hint}` : ''}`,
  );

describe('a good lab', () => {
  it('fills in the defaults of the shortest one', async () => {
    const { images, root } = await readLab(await lab('images:\n  web:\n    recipe: packer/web.pkr.hcl\n'));
    expect(root).toBe(dir);
    expect(images).toEqual([
      {
        name: 'web',
        place: { file: path.join(dir, 'lab.yaml'), line: 2, column: 3, source: '  web:' },
        recipe: path.join(dir, 'packer/web.pkr.hcl'),
        variables: {},
        variableFiles: [],
        boot: { kind: 'typed' },
        answers: { token: true, variables: {} },
        packageCache: false,
        checkpoints: [],
        stageCache: true,
        bootSync: false,
        timeouts: {},
        machine: {},
        ssh: {},
        seal: { skip: [], extra: [] },
        tests: [],
        bootTest: { seed: 'nocloud', user: 'goldsmith', timeoutMs: 600_000, boots: 2, clones: 2 },
        channel: 'latest',
        release: { format: 'qcow2', compress: 'none' },
        exports: [],
        handOff: { dir: path.join(dir, 'handoffs') },
        driver: 'qemu',
        libvirt: {},
      },
    ]);
  });

  it('reads every key', async () => {
    const { images } = await readLab(
      await lab(`
images:
  web:
    description: A web server
    recipe: packer
    only: qemu.web
    variables: {size: 8, names: [a, b], on: true}
    variable_files: [packer/web.pkr.hcl]
    boot: {direct: {kernel: /linux, initrd: /initrd.gz, append: 'url={{ .HTTPIP }}'}}
    keyboard: de
    installer: debian
    iso: debian-13
    answers: {token: false}
    package_cache: true
    checkpoints: [{name: partitioned, stage: partman-base}, {name: kernel, log: Setting up linux-image}]
    timeouts: {install: 1h30m, connect: 90s, shutdown: 5m, answers: 2m, silence: 500ms}
    machine: {cpus: 2, memory: 2G, cpu_model: max, firmware: efi}
    ssh: {user: admin}
    seal: {family: debian, skip: [logs], extra: [check.sh]}
    tests:
      - {name: up, run: systemctl is-system-running, timeout: 10s}
      - {name: own, run: ./check.sh, on: host, format: tap}
    boot_test: {seed: none, user: me, memory: 512, cpus: 1, timeout: 3m, boots: 1, clones: 3}
    channel: stable
    release: {format: qcow2, compress: zstd}
    exports: [vhd, {format: ova-vmware, hardware_version: 13, controller: pvscsi}]
    hand_off: {to: out, sign_key: keys/sign, vagrant_catalog: {file: boxes.json, base_url: https://example.org/}}
    driver: libvirt
    libvirt: {uri: 'qemu:///system', pool: images, network: lab, accelerator: tcg, xml: <devices/>}
`),
    );
    expect(images[0]).toMatchObject({
      recipe: path.join(dir, 'packer'),
      variables: { size: 8, names: ['a', 'b'], on: true },
      boot: { kind: 'direct', kernel: '/linux', initrd: '/initrd.gz', append: 'url={{ .HTTPIP }}' },
      checkpoints: [
        { name: 'partitioned', stage: 'partman-base' },
        { name: 'kernel', log: 'Setting up linux-image' },
      ],
      timeouts: { installMs: 5_400_000, connectMs: 90_000, shutdownMs: 300_000, answersMs: 120_000, silenceMs: 500 },
      machine: { cpus: 2, memoryMiB: 2048, cpuModel: 'max', firmware: 'efi' },
      seal: { family: 'debian', skip: ['logs'], extra: [path.join(dir, 'check.sh')] },
      tests: [
        {
          name: 'up',
          run: { kind: 'command', command: 'systemctl is-system-running' },
          on: 'guest',
          timeoutMs: 10_000,
        },
        { name: 'own', run: { kind: 'script', path: path.join(dir, 'check.sh') }, on: 'host', format: 'tap' },
      ],
      bootTest: { seed: 'none', user: 'me', memoryMiB: 512, cpus: 1, timeoutMs: 180_000, boots: 1, clones: 3 },
      exports: [
        { format: 'vhd', settings: {}, place: { line: 26 } },
        { format: 'ova-vmware', settings: { hardwareVersion: 13, controller: 'pvscsi' } },
      ],
      handOff: {
        dir: path.join(dir, 'out'),
        signKey: path.join(dir, 'keys/sign'),
        vagrantCatalog: { file: path.join(dir, 'boxes.json'), baseUrl: 'https://example.org/' },
      },
      driver: 'libvirt',
      libvirt: {
        ...{ uri: 'qemu:///system', pool: 'images', network: 'lab', accelerator: 'tcg' },
        xml: { text: '<devices/>', file: path.join(dir, 'lab.yaml'), line: 29 },
      },
    });
  });

  it('takes `seal: false` and a YAML anchor used twice', async () => {
    const { images } = await readLab(
      await lab('images:\n  a: &base\n    recipe: packer\n    seal: false\n  b:\n    <<: *base\n    channel: edge\n'),
    );
    expect(images.map(({ name, seal, channel }) => [name, seal, channel])).toEqual([
      ['a', false, 'latest'],
      ['b', false, 'edge'],
    ]);
  });
});

describe('a bad lab', () => {
  const web = 'images:\n  web:\n    recipe: packer\n';

  it('names the unknown key, its place and the nearest known one', async () => {
    expect(await shown(`${web}    machine:\n      memroy: 2G\n`)).toEqual([
      '5:7 `memroy` is no key of images.web.machine. | Did you mean `memory`?',
    ]);
    const [problem] = await problemsOf(`${web}    machine:\n      memroy: 2G\n`);
    expect(problem?.place).toEqual({
      file: path.join(dir, 'lab.yaml'),
      line: 5,
      column: 7,
      source: '      memroy: 2G',
    });
  });

  it('lists the known keys when none is near', async () => {
    expect(await shown(`${web}    ssh: {zzz: 1}\n`)).toEqual([
      '4:11 `zzz` is no key of images.web.ssh. | Known here: `user`.',
    ]);
    expect(await shown('image:\n  web: {}\n')).toEqual([
      '1:1 The lab needs `images`.',
      '1:1 `image` is no key of a lab. | Did you mean `images`?',
    ]);
  });

  it('tells everything at once, from top to bottom', async () => {
    expect(
      await shown(
        `${web}    channel: Latest!\n    timeouts: {install: 30}\n    installer: debain\n    boot_test: {boots: 0}\n`,
      ),
    ).toEqual([
      expect.stringMatching(/^4:14 images\.web\.channel must be lower-case letters/),
      '5:25 images.web.timeouts.install must be a duration such as 90s, 30m or 1h30m.',
      '6:16 images.web.installer must be one of `debian`, `anaconda`, `subiquity`, `openbsd`, `tiny`, `none`. | Did you mean `debian`?',
      '7:24 images.web.boot_test.boots must be at least 1.',
    ]);
  });

  it.each([
    ['a missing recipe key', 'images:\n  web:\n    channel: edge\n', '2:3 images.web needs `recipe`.'],
    [
      'a recipe that is not there',
      'images:\n  web:\n    recipe: packr\n',
      '3:13 There is no packr. | Did you mean `packer`?',
    ],
    [
      'a name that cannot be a file',
      'images:\n  ../x:\n    recipe: packer\n',
      '2:3 The name `../x` must be lower-case',
    ],
    [
      'a checkpoint without a moment',
      `${web}    checkpoints: [{name: now}]\n`,
      '4:19 images.web.checkpoints[0] must have either `log`',
    ],
    [
      'an unknown key in boot',
      `${web}    boot: {direct: {kernel: /a, initrd: /b, apend: c}}\n`,
      'Did you mean `append`?',
    ],
    ['an unknown target', `${web}    exports: [qcow, azure]\n`, 'must be one of'],
    [
      'an unknown choice of a target',
      `${web}    exports: [{format: azure, controler: sata}]\n`,
      '`controler` is no key',
    ],
    ['a target twice', `${web}    exports: [azure, {format: azure}]\n`, 'names azure twice'],
    [
      'an unknown key in seal',
      `${web}    seal: {skp: []}\n`,
      '`skp` is no key of images.web.seal. | Did you mean `skip`?',
    ],
    ['an empty file', '', 'needs `images`'],
    ['a list', '- a\n', 'must be a map of keys'],
    ['images left empty', 'images:\n', 'must be a map of keys'],
    [
      'compression of raw',
      `${web}    release: {format: raw, compress: zstd}\n`,
      '4:38 A raw image cannot be compressed.',
    ],
    [
      'two tests of one name',
      `${web}    tests: [{name: a, run: x}, {name: a, run: y}]\n`,
      'Two tests of web are called `a`.',
    ],
    ['a keyboard that nobody knows', `${web}    keyboard: dee\n`, 'Did you mean `de`?'],
    ['a test script that is gone', `${web}    tests: [{name: a, run: ./chek.sh}]\n`, 'Did you mean `check.sh`?'],
    ['a bad size', `${web}    machine: {memory: lots}\n`, 'must be a size such as 2G'],
    ['a libvirt of nothing of ours', `${web}    libvirt: {uri: qemu:///sesion}\n`, 'such as qemu:///system'],
    ['a tab', 'images:\n\tweb: 1\n', '2:1 '],
    ['an open bracket', 'images: [a, b\n', 'Flow sequence'],
    ['a key twice', `${web}    recipe: packer\n`, '4:5 Map keys must be unique.'],
    ['an alias without anchor', 'images: *nothing\n', 'Unresolved alias'],
  ])('refuses %s', async (_name, text, expected) => {
    expect((await shown(text)).join('\n')).toContain(expected);
  });

  it('survives any text at all', async () => {
    const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']
      .map((key, index) => `${key}: &${key} [${Array(9).fill(`*${'abcdefgh'[index]}`).join(', ')}]\n`)
      .join('')}images: *i\n`;
    for (const text of [
      bomb,
      '\0',
      '%',
      '{{{{',
      '!!js/function x',
      '? [a]: b',
      '\uFEFFimages: 1',
      'images: !!binary x',
    ]) {
      expect((await problemsOf(text)).length).toBeGreaterThan(0);
    }
  });
});

describe('imageOfTemplate', () => {
  it.each([
    ['/x/Web Server.pkr.hcl', 'web-server'],
    ['/x/debian.json', 'debian'],
    ['/x/.hidden', 'hidden'],
    ['/x/日本', 'image'],
  ])('%s', (template, name) => {
    expect(imageOfTemplate(template)).toMatchObject({
      name,
      recipe: template,
      channel: 'latest',
      bootTest: { boots: 2, seed: 'none' },
      seal: false,
      place: { file: template },
    });
  });
});

describe('findLab', () => {
  it('walks up', async () => {
    await lab('images: {}\n');
    expect(await findLab(path.join(dir, 'packer'))).toBe(path.join(dir, 'lab.yaml'));
    expect(await findLab('/')).toBeUndefined();
  });

  it('says when there is none', async () => {
    await expect(readLab(path.join(dir, 'packer'))).rejects.toMatchObject({ code: 'not-found' });
  });
});
