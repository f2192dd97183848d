import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lintServed } from '../../core/answers/lint/lint.ts';
import { collectAnswers } from '../../core/answers/render.ts';
import { checkBootCommand } from '../../core/boot/check.ts';
import { kernelLine } from '../../core/build/steps/answers.ts';
import { findTarget } from '../../core/build/target.ts';
import { GoldsmithError } from '../../core/model/failure.ts';
import { findRecipe, readCatalogue } from '../../core/recipe/builtin/catalogue.ts';
import { newLab } from '../../core/recipe/builtin/new-lab.ts';
import { checkFreshness, compareVersions } from '../../core/recipe/builtin/newest.ts';
import { readLab } from '../../core/recipe/lab.ts';
import { readRecipe } from '../../core/recipe/read.ts';

const catalogue = await readCatalogue();
const names = catalogue.recipes.map(({ name }) => name);
const signal = new AbortController().signal;

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'goldsmith-recipes-'));
});
afterAll(() => rm(dir, { recursive: true }));

/** A recipe of the catalogue as its lab would read it. */
const read = (name: string, variables: Record<string, string> = {}) => {
  const { template, variableFile } = findRecipe(catalogue, name);
  const root = path.join(catalogue.folder, template);
  const variableFiles = variableFile === undefined ? [] : [path.join(root, variableFile)];
  return readRecipe(root, { variables, variableFiles, env: {}, cwd: root });
};

describe('the catalogue', () => {
  it('has every system that was asked for', () => {
    expect(names).toEqual(
      expect.arrayContaining([
        ...['debian-12', 'debian-13', 'ubuntu-24.04', 'ubuntu-26.04', 'centos-stream-9', 'centos-stream-10'],
        ...['rocky-9', 'rocky-10', 'almalinux-9', 'almalinux-10', 'rhel-9', 'fedora-44', 'openbsd', 'freebsd'],
      ]),
    );
  });

  it('uses every variable file and key there is', async () => {
    const files = (await readdir(catalogue.folder, { recursive: true })).filter(file => file.endsWith('.pkrvars.hcl'));
    const used = catalogue.recipes.flatMap(
      ({ template, variableFile }) => variableFile && `${template}/${variableFile}`,
    );
    expect(files.filter(file => !used.includes(file))).toEqual([]);
    const keys = await readdir(path.join(catalogue.folder, 'keys'));
    const signed = catalogue.recipes.map(({ image }) => path.basename(String(image['signed_by'])));
    expect(keys.filter(key => !signed.includes(key))).toEqual([]);
  });

  it('says what was meant by a name that it does not have', () => {
    expect(() => findRecipe(catalogue, 'rocky9')).toThrowError(
      expect.objectContaining({ code: 'not-found', hint: 'Did you mean rocky-9?' }),
    );
  });
});

describe.each(names)('the recipe %s', name => {
  it('becomes a lab whose image is planned without an error', async () => {
    const { folder, image } = await newLab(catalogue, { folder: path.join(dir, name), recipe: name });
    const {
      builder,
      recipe,
      image: lab,
    } = await findTarget(image, {
      cwd: folder,
      variables: {},
      variableFiles: [],
      only: [],
      except: [],
      mirror: async () => ({}),
    });
    const { source } = builder;
    expect(checkBootCommand(source.bootCommand.join(''), {})).toEqual([]);
    if (lab.boot.kind === 'direct') expect(kernelLine({ image: lab, builder })).toContain('{{ .HTTPIP }}');
    expect(lintServed(await collectAnswers(source, recipe.root))).toEqual([]);
    expect(recipe.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(lab.tests.length).toBeGreaterThan(0);
    expect(await readFile(path.join(folder, 'lab.yaml'), 'utf8')).toContain(`goldsmith build ${name}`);
  });

  it('takes a kernel line that a kernel takes, with every variable set', async () => {
    const layout = ['openbsd', 'freebsd'].includes(name) ? 'plain' : 'encrypted';
    const recipe = await read(name, {
      hostname: 'a-very-long-host-name',
      locale: 'de_DE.UTF-8',
      keyboard: 'latam',
      timezone: 'America/Argentina/Buenos_Aires',
      http_proxy: 'http://proxy.example:3128',
      packages: '["one","two","three"]',
      layout,
      firmware: 'efi',
      profile: 'desktop',
      ...(layout === 'encrypted' ? { passphrase: 'correct-horse-battery' } : {}),
    });
    const { bootCommand, qemuArgs } = recipe.builders[0]?.source ?? { bootCommand: [], qemuArgs: [] };
    expect(qemuArgs.flat()).toContain('-bios');
    // COMMAND_LINE_SIZE of x86 is 2048; Packer's key is RSA and takes 600 to 800 of it.
    expect(bootCommand.join('').replace(/<[^>]+>/g, '').length).toBeLessThan(1200);
    if (layout === 'encrypted') expect(recipe.builders[0]?.secrets).toContain('correct-horse-battery');
  });

  it.each([
    ['hostname', 'Web_1'],
    ['username', 'root user'],
    ['timezone', 'Europe/Ber lin'],
    ['packages', '["vim; reboot"]'],
    ['layout', 'zfs5'],
    ['profile', 'huge'],
    ['firmware', 'uefi'],
  ])('refuses %s = %j', async (variable, value) => {
    await expect(read(name, { [variable]: value })).rejects.toMatchObject({ code: 'bad-recipe' });
  });
});

describe("Debian's own Packer", () => {
  const isThere = spawnSync('packer', ['version']).stdout?.toString().startsWith('Packer v1.6.');

  it.skipIf(!isThere).each(names)('finds %s valid', async name => {
    const { template, variableFile } = findRecipe(catalogue, name);
    const iso = path.join(dir, 'a.iso');
    await writeFile(iso, 'x');
    const file = variableFile === undefined ? [] : ['-var-file', variableFile];
    const args = ['validate', ...file, '-var', `iso_url=${iso}`, '-var', 'iso_checksum=none', '.'];
    const { status, stdout } = spawnSync('packer', args, { cwd: path.join(catalogue.folder, template) });
    expect(stdout.toString()).not.toContain('Error');
    expect(status).toBe(0);
  });
});

describe('a new lab', () => {
  it('is in git, has the recipe of one release only, and says what can be set', async () => {
    const folder = path.join(dir, 'own');
    const { image } = await newLab(catalogue, { folder, recipe: 'rocky-9', image: 'web' });
    expect(image).toBe('web');
    expect((await readdir(path.join(folder, 'packer/redhat'))).filter(file => file.endsWith('.pkrvars.hcl'))).toEqual([
      'rocky-9.pkrvars.hcl',
    ]);
    const text = await readFile(path.join(folder, 'lab.yaml'), 'utf8');
    expect(text).toContain('    #   hostname: goldsmith');
    // Without their # the variables are a valid part of the image.
    const set = text.replace('    # variables:', '    variables:').replace(/^ {4}# {3}(?! *#)/gm, '      ');
    await writeFile(path.join(folder, 'lab.yaml'), set);
    expect((await readLab(folder)).images[0]?.variables).toMatchObject({
      hostname: 'goldsmith',
      keys: [],
      memory: 3072,
    });
  });

  it('never touches a folder that holds something, and leaves nothing of a failure', async () => {
    const taken = path.join(dir, 'taken');
    await mkdir(taken);
    await writeFile(path.join(taken, 'precious'), 'x');
    await expect(newLab(catalogue, { folder: taken, recipe: 'debian-13' })).rejects.toMatchObject({ code: 'exists' });
    await expect(newLab(catalogue, { folder: path.join(dir, 'no'), recipe: 'plan9' })).rejects.toMatchObject({
      code: 'not-found',
    });
    await expect(
      newLab(catalogue, { folder: path.join(dir, 'no'), recipe: 'debian-13', image: 'Not A Name' }),
    ).rejects.toMatchObject({ code: 'usage' });
    const left = await readdir(dir);
    expect(left).not.toContain('no');
    expect(left.filter(file => file.startsWith('.'))).toEqual([]);
    expect(await readdir(taken)).toEqual(['precious']);
  });
});

describe('newer ISOs', () => {
  const fresh = (name: string, page: string | Error) =>
    checkFreshness(catalogue, findRecipe(catalogue, name), signal, async () => {
      if (page instanceof Error) throw page;
      return page;
    });

  it.each([
    ['rocky-9', 'SHA256 (Rocky-9.8-x86_64-boot.iso) = 1\nSHA256 (Rocky-9.10-x86_64-boot.iso) = 2', 'newer', '9.10'],
    ['rocky-9', 'SHA256 (Rocky-9.8-x86_64-boot.iso) = 1', 'current', '9.8'],
    ['debian-12', 'aa  debian-12.15.0-amd64-netinst.iso', 'newer', '12.15.0'],
    ['ubuntu-26.04', 'aa *ubuntu-26.04.1-live-server-amd64.iso', 'newer', '26.04.1'],
    ['fedora-44', '<a href="43/">43/</a><a href="45/">45/</a>', 'newer', '45'],
    ['openbsd', '<a href="7.8/">7.8/</a> <a href="7.9/">7.9/</a>', 'current', '7.9'],
    ['freebsd', '<a href="14.4/">14.4/</a> <a href="15.2/">15.2/</a>', 'newer', '15.2'],
  ])('%s of a page %j is %s', async (name, page, state, newest) => {
    expect(await fresh(name, page)).toMatchObject({ state, newest });
  });

  it('are not known offline, and of a page that says nothing', async () => {
    expect(await fresh('rocky-9', new GoldsmithError('source-unreachable', 'no network'))).toEqual({
      state: 'unknown',
      version: '9.8',
      reason: 'no network',
    });
    expect(await fresh('rocky-9', 'moved')).toMatchObject({ state: 'unknown' });
    expect(await fresh('centos-stream-9', '')).toEqual({ state: 'rolling' });
    expect(await fresh('rhel-9', '')).toEqual({ state: 'own' });
  });

  it('are compared by numbers', () => {
    expect(['9.10', '9.9', '10', '9.9.1'].sort(compareVersions)).toEqual(['9.9', '9.9.1', '9.10', '10']);
  });
});

describe('the account script', () => {
  it.each(['packer/provision/account.sh', 'packer/openbsd/http/start.sh', 'packer/ubuntu/clouds.sh'])(
    '%s is one that a shell can read',
    file => void execFileSync('busybox', ['sh', '-n', file]),
  );
});
