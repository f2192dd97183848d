import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseBootCommand } from '../../core/boot/command.ts';
import { renderBootCommand } from '../../core/boot/variables.ts';
import { isTextMode, pngSize } from '../../core/drivers/vga-text.ts';
import { archiveKernel } from '../../core/host/proof/kernel.ts';
import { readRecipe } from '../../core/recipe/read.ts';
import { typeAtBios } from '../boot/bios-keyboard.ts';
import { type Content, LOADER, makeIsolinuxIso, sayingInitrd } from '../boot/isolinux-medium.ts';
import { DEBIAN, ofLorax } from '../boot/isolinux-menus.ts';
import { TextMachine } from '../boot/text-machine.ts';
import { runsAll } from '../extent.ts';
import { PATIENCE, SLOW } from '../patience.ts';
import { home } from './goldsmith.ts';

/**
 * The recipes' boot keys at a real ISOLINUX with the vendors' menus, up to a real kernel: it says what it was told, and
 * which initrd it got. The installers themselves cannot be had here.
 */

const BUILD = {
  HTTPIP: '10.0.2.2',
  HTTPPort: '43210/s3cr3tfolder7abcdefghijkl',
  Name: 'n',
  SSHPublicKey: `ssh-ed25519 ${'AAAAC3NzaC1lZDI1NTE5AAAAIL+/'.padEnd(68, 'k')} goldsmith`,
  LogPort: '5140',
};
const HALF_A_SECOND_MS = 500;
/** What makes the line long. */
const LONG = { http_proxy: 'http://proxy.example:3128', packages: '["qemu-guest-agent","tcpdump","vim"]' };

interface Menu {
  menu: Content;
  kernel: string;
  initrd: string;
  /** What the kernel is told besides, before ours. */
  own: string;
}
const debian: Menu = {
  menu: DEBIAN,
  kernel: 'install.amd/vmlinuz',
  initrd: 'install.amd/initrd.gz',
  own: 'BOOT_IMAGE=/install.amd/vmlinuz initrd=/install.amd/initrd.gz ',
};
const lorax = (product: string, label: string): Menu => ({
  menu: ofLorax(product, label),
  kernel: 'isolinux/vmlinuz',
  initrd: 'isolinux/initrd.img',
  own: `BOOT_IMAGE=vmlinuz initrd=initrd.img inst.stage2=hd:LABEL=${label} quiet `,
});

let dir: string;
let machine: TextMachine | undefined;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'isolinux-'));
});
afterEach(async () => {
  await machine?.stop();
  machine = undefined;
  await rm(dir, { recursive: true, force: true });
});

async function bootCommandOf(template: string, file: string | undefined) {
  const variableFiles = file === undefined ? [] : [path.resolve('packer', template, file)];
  const recipe = await readRecipe(path.resolve('packer', template), { env: {}, variableFiles, variables: LONG });
  return renderBootCommand(recipe.builders[0]?.source.bootCommand ?? [], BUILD);
}

/** The arguments that a boot command types, without the keys and the kernel's and the initrd's names. */
const argumentsIn = (keys: string): string =>
  keys
    .replace(/<[^>]*>/g, '')
    .replace(/^\/install.amd\/vmlinuz initrd=\S+/, '')
    .trim();

/**
 * The menus are pictures, and count the seconds: one that is drawn shows another second each time. Keys that come
 * before are thrown away by the menu as it begins.
 */
async function menuStands(machine: TextMachine): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  let changes = 0;
  let last: Buffer = Buffer.alloc(0);
  let changedAt = 0;
  while (changes < 2) {
    if (performance.now() > deadline) throw new Error(`no menu: ${(await machine.screen()).join('\n')}`);
    const picture = await machine.screenshot();
    const isChanged = !isTextMode(pngSize(picture)) && !picture.equals(last);
    if (isChanged && performance.now() - changedAt > HALF_A_SECOND_MS) changes++;
    if (isChanged) {
      last = picture;
      changedAt = performance.now();
    }
    await sleep(50);
  }
}

async function kernelLine(serial: string): Promise<string> {
  for (const deadline = performance.now() + PATIENCE; performance.now() < deadline; await sleep(200)) {
    const said = existsSync(serial) ? await readFile(serial, 'utf8') : '';
    const line = /kernel line: (.*?)\r?\n/.exec(said)?.[1];
    if (line !== undefined) return line;
  }
  throw new Error('no kernel said what it was told');
}

const RECIPES: [string, string, string | undefined, Menu][] = [
  ['Debian 12 and 13', 'debian', undefined, debian],
  [
    'CentOS Stream 9',
    'redhat',
    'centos-stream-9.pkrvars.hcl',
    lorax('CentOS Stream 9', 'CentOS-Stream-9-BaseOS-x86_64'),
  ],
];

describe.skipIf(!existsSync(LOADER))("the recipes' boot keys at ISOLINUX", () => {
  test.each(RECIPES.filter(([, template]) => runsAll || template === 'debian'))(
    '%s',
    async (_name, template, file, { menu, kernel, initrd, own }) => {
      const keys = await bootCommandOf(template, file);
      const image = await archiveKernel(home.cache, new AbortController().signal);
      const content = { ...menu, [kernel]: await readFile(image), [initrd]: await sayingInitrd() };
      const serial = path.join(dir, 'serial');
      const iso = await makeIsolinuxIso(dir, content);
      const more = ['-m', '512', '-no-reboot', '-serial', `file:${serial}`];
      machine = await TextMachine.start(dir, { file: iso, device: 'ide-cd' }, more);
      await menuStands(machine);
      await typeAtBios(machine, parseBootCommand(keys));
      expect(await kernelLine(serial)).toBe(own + argumentsIn(keys));
    },
    SLOW,
  );
});
