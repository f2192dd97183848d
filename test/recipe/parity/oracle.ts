import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { QemuArgsContext } from '../../../core/recipe/qemu-args.ts';

/** Asks the real Packer: what it says a template is, and what it would run. */

const NULL = '\0';

/** Whether Packer is installed; the reason why not is printed once. */
export const hasPacker = ((): boolean => {
  try {
    execFileSync('packer', ['version'], { stdio: 'ignore', env: packerEnv('/nonexistent') });
    return true;
  } catch {
    console.log('The parity tests are skipped: the program packer is not installed.');
    return false;
  }
})();

function packerEnv(folder: string): Record<string, string> {
  return {
    PATH: `${path.join(folder, 'bin')}:${process.env.PATH}`,
    HOME: folder,
    CHECKPOINT_DISABLE: '1',
    PACKER_CACHE_DIR: path.join(folder, 'cache'),
    ORACLE_ARGS: path.join(folder, 'args'),
    ORACLE_IMG: path.join(folder, 'img'),
  };
}

/** Stands in for QEMU: it writes down its arguments and ends, which Packer takes for a failed start. */
const FAKE_QEMU = `#!/bin/sh
case "$1" in -version|--version) echo "QEMU emulator version 5.0.0"; exit 0;; esac
for a in "$@"; do printf '%s\\0' "$a"; done > "$ORACLE_ARGS"
exit 1
`;
/** Stands in for qemu-img: it makes every file it is given. */
const FAKE_QEMU_IMG = `#!/bin/sh
for a in "$@"; do printf '%s\\0' "$a"; done >> "$ORACLE_IMG"; echo >> "$ORACLE_IMG"
for a in "$@"; do case "$a" in */*) mkdir -p "$(dirname "$a")"; [ -e "$a" ] || : > "$a";; esac; done
exit 0
`;

export class Oracle {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'goldsmith-packer-'));

  constructor() {
    mkdirSync(path.join(this.folder, 'bin'));
    for (const name of ['qemu-system-x86_64', 'other-qemu', 'qemu-system-aarch64']) this.#program(name, FAKE_QEMU);
    this.#program('qemu-img', FAKE_QEMU_IMG);
    this.write('work/a.iso', 'an iso');
    this.write('work/http/index.html', 'hello');
  }

  #program(name: string, text: string): void {
    const file = path.join(this.folder, 'bin', name);
    writeFileSync(file, text);
    chmodSync(file, 0o755);
  }

  get work(): string {
    return path.join(this.folder, 'work');
  }

  write(name: string, text: string): string {
    const file = path.join(this.folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  /** The arguments Packer gives to QEMU for a template in the work folder. */
  qemuArgs(template: string): string[] {
    rmSync(path.join(this.folder, 'args'), { force: true });
    this.#packer(['build', '-color=false', '-force', template]);
    return this.#recorded('args');
  }

  /** The calls of qemu-img of the last build. */
  #recorded(name: string): string[] {
    return readFileSync(path.join(this.folder, name), 'utf8').split(NULL).slice(0, -1);
  }

  /** Whether Packer accepts a template, and what it says. */
  validate(template: string): { isValid: boolean; output: string } {
    const result = this.#packer(['validate', template]);
    return { isValid: result.status === 0, output: result.output };
  }

  /** The answers of `packer console` to one line each. */
  console(template: string, lines: string[]): string[] {
    return this.#packer(['console', template], lines.map(line => `${line}\n`).join('')).output.split('\n');
  }

  /** What Packer gives to QEMU, or what it says instead; for templates of others, so nothing is removed with `-force`. */
  ask(cwd: string, args: string[]): { args?: string[]; output: string } {
    rmSync(path.join(this.folder, 'args'), { force: true });
    const { output } = this.#packer(['build', '-color=false', ...args], '', cwd);
    return existsSync(path.join(this.folder, 'args')) ? { args: this.#recorded('args'), output } : { output };
  }

  #packer(args: string[], input = '', cwd = this.work): { status: number; output: string } {
    const options = { cwd, env: packerEnv(this.folder), input, encoding: 'utf8', timeout: 30_000 } as const;
    try {
      return { status: 0, output: execFileSync('packer', args, { ...options, stdio: ['pipe', 'pipe', 'pipe'] }) };
    } catch (error) {
      const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
      return { status, output: `${stdout}${stderr}` };
    }
  }

  end(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Switches with their values, in one order: Packer's own is random. */
export function sortedSwitches(args: string[]): string[] {
  const switches: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const [name = '', value] = args.slice(at, at + 2);
    const hasValue = value !== undefined && !/^-[a-z]/.test(value);
    switches.push(hasValue ? `${name} ${value}` : name);
    if (hasValue) at += 1;
  }
  return switches.sort();
}

/** What Packer picks by itself: ports, paths and the accelerator. */
export function contextOf(args: string[], isImage: boolean): QemuArgsContext {
  const all = args.join('\n');
  const found = (pattern: RegExp): string => pattern.exec(all)?.[1] ?? '';
  const drives = args.filter(argument => argument.includes('file=') && !argument.includes('if=pflash'));
  const file = (drive: string): string => /file=([^,]+)/.exec(drive)?.[1] ?? '';
  const diskPaths = drives.filter(drive => !drive.includes('media=cdrom')).map(file);
  const cds = drives.filter(drive => drive.includes('media=cdrom')).map(file);
  const [isoPath, cdPath] = isImage ? [undefined, ...cds] : cds;
  const floppyPath = args[args.indexOf('-fda') + 1];
  return {
    accelerator: found(/accel=(\w+)/) || 'none',
    diskPaths,
    ...(isoPath === undefined ? {} : { isoPath }),
    ...(cdPath === undefined ? {} : { cdPath }),
    ...(args.includes('-fda') && floppyPath !== undefined ? { floppyPath } : {}),
    commHostPort: Number(found(/hostfwd=tcp::(\d+)-/)),
    vncPort: 5900 + Number(found(/\d\.\d:(\d+)/)),
    httpIp: '10.0.2.2',
    httpPort: 0,
  };
}
