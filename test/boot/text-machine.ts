import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readTextScreen } from '../../core/boot/text-screen.ts';
import { Qmp } from '../../core/drivers/qemu/qmp.ts';
import { run } from '../../core/exec.ts';
import type { KeyAction } from '../../core/model/key.ts';

const GRUB_MODULES = {
  'i386-pc': 'normal biosdisk iso9660 at_keyboard keylayouts terminal serial halt reboot echo ext2 loadenv',
  'x86_64-efi': 'normal iso9660 terminal serial halt reboot echo lsacpi',
};
const SCREEN_POLL_MS = 10;

/** A bootable ISO of a few hundred KiB whose GRUB, which nobody has signed, runs `config` and then shows its command line. */
export async function makeGrubIso(
  dir: string,
  config: string,
  files: Record<string, Buffer> = {},
  platform: keyof typeof GRUB_MODULES = 'i386-pc',
): Promise<string> {
  const tree = path.join(dir, 'tree');
  await mkdir(path.join(tree, 'boot/grub'), { recursive: true });
  await writeFile(path.join(tree, 'boot/grub/grub.cfg'), config);
  for (const [name, content] of Object.entries(files)) await writeFile(path.join(tree, 'boot/grub', name), content);
  const iso = path.join(dir, `grub-${platform}.iso`);
  const slim = ['--fonts=', '--themes=', '--locales=', `--install-modules=${GRUB_MODULES[platform]}`];
  await run('grub-mkrescue', ['-d', `/usr/lib/grub/${platform}`, ...slim, '-o', iso, tree]);
  return iso;
}

/** QEMU in a text mode, without any of our drivers around it: what is typed is what the table says. */
export class TextMachine {
  private constructor(
    readonly dir: string,
    readonly qemu: ChildProcess,
    readonly qmp: Qmp,
    readonly vncSocket: string,
  ) {}

  /** @param more arguments of QEMU; a later `-m` counts */
  static async start(
    dir: string,
    drive: { file: string; device: 'ide-cd' | 'ide-hd' },
    more: string[] = [],
  ): Promise<TextMachine> {
    const [qmpSocket, vncSocket] = [path.join(dir, 'qmp'), path.join(dir, 'vnc')];
    const machine = ['-accel', 'tcg,thread=multi', '-m', '64', '-nodefaults', '-vga', 'std', ...more];
    const readOnly = drive.device === 'ide-cd' ? 'on' : 'off';
    const blockdev = `driver=file,read-only=${readOnly},node-name=medium,filename=${drive.file}`;
    const media = ['-blockdev', blockdev, '-device', `${drive.device},drive=medium`];
    const sockets = ['-qmp', `unix:${qmpSocket},server=on,wait=off`, '-display', `vnc=unix:${vncSocket}`];
    const qemu = spawn('qemu-system-x86_64', [...machine, ...media, ...sockets], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let lastWords = '';
    qemu.stderr.on('data', chunk => (lastWords += chunk));
    try {
      const qmp = await Qmp.connect(qmpSocket, AbortSignal.timeout(20_000));
      return new TextMachine(dir, qemu, qmp, vncSocket);
    } catch (error) {
      qemu.kill('SIGKILL');
      throw new Error(`QEMU did not start: ${lastWords}`, { cause: error });
    }
  }

  screen(): Promise<string[]> {
    return readTextScreen({
      memory: (address, bytes) => this.memory(address, bytes),
      human: commandLine => this.qmp.human(commandLine),
    });
  }

  /** Of the guest, from a physical address on. */
  async memory(val: number, size: number): Promise<Buffer> {
    const filename = path.join(this.dir, 'memory');
    await this.qmp.execute('pmemsave', { val, size, filename });
    return readFile(filename);
  }

  /** As a PNG. */
  async screenshot(): Promise<Buffer> {
    const filename = path.join(this.dir, 'screen.png');
    await this.qmp.execute('screendump', { filename, format: 'png' });
    return readFile(filename);
  }

  /** What stands behind the last prompt, up to the end of the screen, with the blanks of a full row. */
  async typed(): Promise<string | undefined> {
    const text = (await this.screen()).map(row => row.padEnd(80)).join('');
    const prompt = text.lastIndexOf('grub> ');
    return prompt < 0 ? undefined : text.slice(prompt + 'grub> '.length);
  }

  /** Resolves with true once `isThere` says so of what is behind the prompt; with false after `timeoutMs`. */
  async waitForTyped(isThere: (typed: string) => boolean, timeoutMs: number): Promise<boolean> {
    for (const deadline = performance.now() + timeoutMs; performance.now() < deadline; await sleep(SCREEN_POLL_MS)) {
      const typed = await this.typed();
      if (typed !== undefined && isThere(typed)) return true;
    }
    return false;
  }

  async press(action: KeyAction): Promise<void> {
    if (action.kind !== 'key') return;
    const key = { type: 'qcode', data: action.qcode };
    await this.qmp.execute('input-send-event', { events: [{ type: 'key', data: { down: action.down, key } }] });
  }

  async stop(): Promise<void> {
    this.qmp.close();
    const gone = new Promise(resolve => this.qemu.once('exit', resolve));
    if (this.qemu.exitCode !== null || !this.qemu.kill('SIGKILL')) return;
    await gone;
  }
}
