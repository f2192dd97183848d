import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EMULATED_CPU } from '../../core/host/accelerators.ts';

/** The machine that a target's image is for, as near as QEMU comes to it. */
export interface TargetVm {
  name: string;
  image: { path: string; format: string };
  devices: Devices;
}

/** What a receiver's machine has. */
export interface Devices {
  firmware: 'bios' | 'efi';
  disk: 'ide' | 'sata' | 'nvme' | 'virtio' | 'virtio-scsi' | 'pvscsi' | 'lsi';
  card: 'e1000' | 'vmxnet3' | 'virtio-net-pci';
}

const OVMF = { code: '/usr/share/OVMF/OVMF_CODE_4M.fd', vars: '/usr/share/OVMF/OVMF_VARS_4M.fd' };
export const hasOvmf = existsSync(OVMF.code);

const DISKS: Record<Devices['disk'], string[]> = {
  ide: ['ide-hd,drive=disk,bus=ide.0'],
  sata: ['ahci,id=controller', 'ide-hd,drive=disk,bus=controller.0'],
  nvme: ['nvme,drive=disk,serial=disk'],
  virtio: ['virtio-blk-pci,drive=disk'],
  'virtio-scsi': ['virtio-scsi-pci,id=controller', 'scsi-hd,drive=disk,bus=controller.0'],
  pvscsi: ['pvscsi,id=controller', 'scsi-hd,drive=disk,bus=controller.0'],
  lsi: ['lsi53c895a,id=controller', 'scsi-hd,drive=disk,bus=controller.0'],
};

export interface Booted {
  /** It came to its login prompt. */
  hasPrompt: boolean;
  /** What its SSH server says over the card. */
  banner: string;
  serial: string;
}

/** Boots the image on a throw-away overlay until its SSH server answers over the card; then ends it. */
export async function bootTarget(vm: TargetVm, dir: string, timeoutMs: number): Promise<Booted> {
  const file = (end: string): string => path.join(dir, `${vm.name}.${end}`);
  const { image } = vm;
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', image.path, '-F', image.format, file('overlay')]);
  if (vm.devices.firmware === 'efi') copyFileSync(OVMF.vars, file('vars'));
  const port = await freePort();
  const child = spawn('qemu-system-x86_64', qemuArguments(vm, file, port), { stdio: 'ignore' });
  const serial = (): string => (existsSync(file('serial')) ? readFileSync(file('serial'), 'latin1') : '');
  const deadline = Date.now() + timeoutMs;
  try {
    while (!/login: ?$/m.test(serial()) && Date.now() < deadline && child.exitCode === null) await sleep(200);
    const hasPrompt = /login: ?$/m.test(serial());
    let said = '';
    while (hasPrompt && said === '' && Date.now() < deadline) said = await banner(port);
    return { hasPrompt, banner: said, serial: serial() };
  } finally {
    child.kill('SIGKILL');
  }
}

function qemuArguments({ devices }: TargetVm, file: (end: string) => string, port: number): string[] {
  const flash = (place: string, readonly: string): string[] => [
    '-drive',
    `if=pflash,format=raw,readonly=${readonly},file=${place}`,
  ];
  return [
    ...['-nodefaults', '-machine', devices.disk === 'ide' ? 'pc' : 'q35', '-accel', 'tcg,thread=multi'],
    ...['-cpu', EMULATED_CPU, '-smp', '1', '-m', '512', '-display', 'none', '-vga', 'std', '-no-reboot'],
    ...['-serial', `file:${file('serial')}`],
    ...(devices.firmware === 'efi' ? [...flash(OVMF.code, 'on'), ...flash(file('vars'), 'off')] : []),
    ...['-drive', `file=${file('overlay')},format=qcow2,if=none,id=disk,cache=unsafe`],
    ...DISKS[devices.disk].flatMap(device => ['-device', device]),
    ...['-netdev', `user,id=net,hostfwd=tcp:127.0.0.1:${port}-:22`, '-device', `${devices.card},netdev=net,romfile=`], // nobody boots from the network
  ];
}

/** The first line of an SSH server; empty when nobody answers within ten seconds. */
function banner(port: number): Promise<string> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1');
    const end = (text: string): void => {
      socket.destroy();
      resolve(text);
    };
    socket.setTimeout(10_000, () => end(''));
    socket.once('data', data => end(data.toString().trim()));
    socket.once('error', () => void sleep(500).then(() => end('')));
    socket.once('close', () => void sleep(500).then(() => end('')));
  });
}

function freePort(): Promise<number> {
  return new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
