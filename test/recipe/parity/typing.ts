import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseBootCommand } from '../../../core/boot/command.ts';
import { keysymOf } from '../../../core/boot/keysyms.ts';
import { renderBootCommand } from '../../../core/boot/variables.ts';

/** Asks the real Packer which keys it presses for a boot command. */

export interface KeyPress {
  keysym: number;
  down: boolean;
}

/**
 * Stands in for QEMU: a VNC server (RFB 3.8, RFC 6143) that writes down every key event, and ends when its one client
 * goes away, so that Packer has nothing more to wait for.
 */
const FAKE_QEMU = `#!${process.execPath}
const fs = require('node:fs'), net = require('node:net');
const args = process.argv.slice(2);
if (/version/.test(args[0] ?? '')) { console.log('QEMU emulator version 5.0.0'); process.exit(0); }
const value = name => args[args.indexOf(name) + 1];
const file = require('node:path').join(process.env.TYPING_OUT, value('-name'));
const port = 5900 + Number(value('-vnc').split(':')[1]);
const FIXED = { 0: 20, 3: 10, 4: 8, 5: 6 };
net.createServer(socket => {
  let rest = Buffer.alloc(0), stage = 0, keys = '';
  const done = () => { fs.writeFileSync(file, keys); process.exit(0); };
  socket.on('error', done); socket.on('close', done);
  socket.write('RFB 003.008\\n');
  const take = count => { const head = rest.subarray(0, count); rest = rest.subarray(count); return head; };
  const has = count => rest.length >= count;
  const message = () => {
    const type = rest[0];
    if (type === 2) { if (!has(4)) return false; const size = 4 + 4 * rest.readUInt16BE(2); if (!has(size)) return false; take(size); return true; }
    if (type === 6) { if (!has(8)) return false; const size = 8 + rest.readUInt32BE(4); if (!has(size)) return false; take(size); return true; }
    if (!has(FIXED[type] ?? 1)) return false;
    const body = take(FIXED[type] ?? 1);
    if (type === 4) keys += body.readUInt32BE(4) + ' ' + body[1] + '\\n';
    return true;
  };
  const STAGES = [
    () => has(12) && (take(12), socket.write(Buffer.from([1, 1])), true),
    () => has(1) && (take(1), socket.write(Buffer.from([0, 0, 0, 0])), true),
    () => {
      if (!has(1)) return false;
      take(1);
      const init = Buffer.alloc(28); init.writeUInt16BE(640, 0); init.writeUInt16BE(480, 2); init[4] = 32; init[5] = 24; init[7] = 1;
      init.writeUInt16BE(255, 8); init.writeUInt16BE(255, 10); init.writeUInt16BE(255, 12); init[14] = 16; init[15] = 8; init.writeUInt32BE(4, 20); init.write('fake', 24);
      socket.write(init);
      return true;
    },
  ];
  socket.on('data', chunk => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length > 0) { if (stage < STAGES.length) { if (!STAGES[stage]()) break; stage += 1; } else if (!message()) break; }
  });
}).listen(port, '127.0.0.1');
setTimeout(() => process.exit(1), 120000);
`;

const FAKE_QEMU_IMG = `#!/bin/sh
for a in "$@"; do case "$a" in */*) mkdir -p "$(dirname "$a")"; [ -e "$a" ] || : > "$a";; esac; done
`;

const WAIT = /<wait[^>]*>/gi;

/** Waits are the same in both and would only cost time. */
export const withoutWaits = (command: string): string => command.replace(WAIT, '');

const template = (commands: string[]): string =>
  [
    ...commands.map(
      (command, nth) => `source "qemu" "c${nth}" {
  iso_url           = "a.iso"
  iso_checksum      = "none"
  communicator      = "none"
  headless          = true
  shutdown_timeout  = "100s"
  boot_wait         = "1ms"
  boot_key_interval = "1ms"
  vm_name           = "c${nth}"
  boot_command      = [${hcl(withoutWaits(command))}]
}`,
    ),
    `build { sources = [${commands.map((_, nth) => `"source.qemu.c${nth}"`).join(', ')}] }`,
  ].join('\n');

const hcl = (text: string): string => JSON.stringify(text).replace(/[$%](?=\{)/g, sign => sign + sign);

/** The key events Packer sends for each boot command, all in one run; undefined where Packer refused to type it. */
export async function packerKeys(commands: string[]): Promise<(KeyPress[] | undefined)[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'goldsmith-typing-'));
  const bin = path.join(folder, 'bin');
  const out = path.join(folder, 'out');
  for (const dir of [bin, out]) mkdirSync(dir);
  program(path.join(bin, 'qemu-system-x86_64'), FAKE_QEMU);
  program(path.join(bin, 'qemu-img'), FAKE_QEMU_IMG);
  writeFileSync(path.join(folder, 'a.iso'), 'an iso');
  writeFileSync(path.join(folder, 't.pkr.hcl'), template(commands));
  try {
    await run('packer', ['build', '-color=false', '-parallel-builds=8', 't.pkr.hcl'], folder, bin, out);
    return commands.map((_, nth) => readKeys(path.join(out, `c${nth}`)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function program(file: string, text: string): void {
  writeFileSync(file, text);
  chmodSync(file, 0o755);
}

const run = (command: string, args: string[], cwd: string, bin: string, out: string): Promise<void> =>
  new Promise(resolve => {
    const env = {
      PATH: `${bin}:${process.env.PATH}`,
      HOME: cwd,
      CHECKPOINT_DISABLE: '1',
      PACKER_CACHE_DIR: path.join(cwd, 'cache'),
      TYPING_OUT: out,
    };
    spawn(command, args, { cwd, env, stdio: 'ignore' }).once('close', () => resolve());
  });

function readKeys(file: string): KeyPress[] | undefined {
  try {
    const lines = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .filter(line => line !== '');
    return lines.map(line => {
      const [keysym, down] = line.split(' ').map(Number);
      return { keysym: keysym ?? 0, down: down === 1 };
    });
  } catch {
    return undefined;
  }
}

/** What both mean by a key: its place on a US keyboard. */
const PLACES = new Map<number, string>(
  [
    ...'abcdefghijklmnopqrstuvwxyz1234567890',
    ...['minus', 'equal', 'bracket_left', 'bracket_right', 'semicolon', 'apostrophe', 'grave_accent', 'backslash'],
    ...['comma', 'dot', 'slash', 'spc', 'backspace', 'tab', 'ret', 'esc', 'home', 'left', 'up', 'right', 'down'],
    ...['pgup', 'pgdn', 'end', 'insert', 'compose', 'shift', 'shift_r', 'ctrl', 'ctrl_r', 'alt', 'alt_r'],
    ...['meta_l', 'meta_r', 'delete', ...Array.from({ length: 12 }, (_, nth) => `f${nth + 1}`)],
  ].flatMap(qcode =>
    [false, true].flatMap(isShifted => {
      const keysym = keysymOf(qcode, isShifted);
      return keysym === undefined ? [] : [[keysym, qcode] as const];
    }),
  ),
);

/** Packer's events as keys of a US keyboard. Control characters are left out: QEMU's VNC server has no key for them. */
export const places = (keys: KeyPress[]): string[] =>
  keys
    .filter(({ keysym }) => keysym >= 0x20)
    .map(({ keysym, down }) => `${down ? '+' : '-'}${PLACES.get(keysym) ?? `0x${keysym.toString(16)}`}`);

/** Ours for the same command. */
export function ourPlaces(command: string, name: string): string[] {
  const variables = { HTTPIP: '10.0.2.2', HTTPPort: '0', Name: name, SSHPublicKey: '', LogPort: '0' };
  const actions = parseBootCommand(renderBootCommand([withoutWaits(command)], variables));
  return actions.flatMap(action => (action.kind === 'key' ? [`${action.down ? '+' : '-'}${action.qcode}`] : []));
}
