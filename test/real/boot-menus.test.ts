import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseBootCommand } from '../../core/boot/command.ts';
import { renderBootCommand } from '../../core/boot/variables.ts';
import { readRecipe } from '../../core/recipe/read.ts';
import { makeGrubIso, TextMachine } from '../boot/text-machine.ts';
import { PATIENCE, SLOW } from '../patience.ts';

/**
 * The recipes' boot keys against a real GRUB with a menu of the vendor's form: what stands in the editor, or at the
 * prompt, when the last key but the one that boots was pressed. The kernels themselves cannot be had here.
 */

/** As lorax writes it for RHEL 10 and its kin, and Fedora: the second entry is chosen after a minute. */
const OF_LORAX = `set default="1"
set timeout=60

menuentry 'Install Rocky Linux 10.2' --class fedora --class gnu-linux --class gnu --class os {
\tlinux /images/pxeboot/vmlinuz inst.stage2=hd:LABEL=Rocky-10-2-x86_64 quiet
\tinitrd /images/pxeboot/initrd.img
}
menuentry 'Test this media & install Rocky Linux 10.2' --class fedora --class gnu-linux --class gnu --class os {
\tlinux /images/pxeboot/vmlinuz inst.stage2=hd:LABEL=Rocky-10-2-x86_64 rd.live.check quiet
\tinitrd /images/pxeboot/initrd.img
}
submenu 'Troubleshooting -->' {
\tmenuentry 'Boot first drive' {
\t\tchainloader (hd0)+1
\t}
}
`;

/** As Ubuntu's live server has it. */
const OF_UBUNTU = `set timeout=30

menuentry "Try or Install Ubuntu Server" {
\tset gfxpayload=keep
\tlinux\t/casper/vmlinuz  ---
\tinitrd\t/casper/initrd
}
menuentry 'Test memory' {
\tlinux16 /boot/memtest86+x64.bin
}
`;

let dir: string;
let machine: TextMachine | undefined;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'boot-menus-'));
});
afterEach(async () => {
  await machine?.stop();
  machine = undefined;
  await rm(dir, { recursive: true, force: true });
});

async function bootToMenu(config: string, title: string): Promise<TextMachine> {
  machine = await TextMachine.start(dir, { file: await makeGrubIso(dir, config), device: 'ide-cd' });
  const deadline = performance.now() + PATIENCE;
  while (!(await machine.screen()).join('\n').includes(title)) {
    if (performance.now() > deadline) throw new Error(`no menu: ${(await machine.screen()).join('\n')}`);
    await sleep(50);
  }
  return machine;
}

/** The boot command of a recipe, as short as it can be, up to a part of it. */
async function keysOf(template: string, until: string): Promise<string> {
  const recipe = await readRecipe(path.resolve('packer', template), { env: {}, variables: { mirror: 'http://m/r' } });
  const { bootCommand = [] } = recipe.builders[0]?.source ?? {};
  const variables = { HTTPIP: '10.0.2.2', HTTPPort: '8000/token', Name: 'n', SSHPublicKey: 'k', LogPort: '1' };
  const keys = renderBootCommand(bootCommand, variables);
  expect(keys).toContain(until);
  return keys.slice(0, keys.indexOf(until));
}

/**
 * Waits for every few characters to be shown: QEMU's keyboard queue holds 16 bytes, and GRUB's editor draws a long line
 * anew at each key, which a busy machine is too slow for.
 */
async function type(grub: TextMachine, keys: string): Promise<void> {
  let shown = '';
  for (const part of keys.match(/<[^>]+>|[^<]{1,4}/g) ?? []) {
    const isText = !part.startsWith('<');
    for (const action of parseBootCommand(part)) await grub.press(action);
    if (!isText) await sleep(part.startsWith('<wait') ? 500 : 250);
    shown = isText ? shown + part.replace(/\s/g, '') : '';
    const tail = shown.slice(-10);
    if (tail.length > 1) await waitFor(grub, rows => packed(rows).includes(tail));
  }
}

const packed = (screen: string[]): string => edited(screen).replace(/\s/g, '');

/** Rows of GRUB's editor put together: a long line goes on in the next row after a backslash. */
const edited = (screen: string[]): string =>
  screen
    .map(row => row.replace(/[^\x20-\x7e]/g, ' ').trim())
    .map(row => (row.endsWith('\\') ? row.slice(0, -1) : `${row}\n`))
    .join('');

async function waitFor(grub: TextMachine, isThere: (screen: string[]) => boolean, timeoutMs = 2000): Promise<string[]> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const screen = await grub.screen();
    if (isThere(screen) || performance.now() > deadline) return screen;
    await sleep(50);
  }
}

describe("the recipes' boot keys", () => {
  test(
    'put the arguments behind the kernel of the entry that installs at once, in the menu of RHEL 10 and Fedora',
    async () => {
      const grub = await bootToMenu(OF_LORAX, 'Install Rocky Linux 10.2');
      await type(grub, await keysOf('redhat', ' gs.locale'));
      const screen = await waitFor(grub, rows => packed(rows).includes('hostname=goldsmith'), PATIENCE);
      const text = edited(screen).replace(/\s+/g, ' ');
      expect(text).toContain("setparams 'Install Rocky Linux 10.2'");
      expect(text).toContain(
        'LABEL=Rocky-10-2-x86_64 quiet inst.text inst.ks=http://10.0.2.2:8000/token/ks.cfg gs.hostname=goldsmith initrd /images',
      );
    },
    SLOW,
  );

  test(
    "are a whole command at the prompt of Ubuntu's GRUB",
    async () => {
      const grub = await bootToMenu(OF_UBUNTU, 'Try or Install Ubuntu Server');
      await type(grub, await keysOf('ubuntu', '<enter>'));
      await grub.waitForTyped(typed => typed.includes('---'), PATIENCE);
      const typed = (await grub.typed())?.trim();
      expect(typed).toMatch(
        /^linux \/casper\/vmlinuz autoinstall ds=nocloud\\;s=http:\/\/10\.0\.2\.2:8000\/token\/ gs\.hostname=goldsmith /,
      );
      expect(typed).toMatch(/console=tty0 ---$/);
    },
    SLOW,
  );
});
