import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { mirrorEnvironment } from '../../core/engine/mirror.ts';
import { run } from '../../core/exec.ts';
import { extractFromIso } from '../../core/media/iso.ts';

const PRESEED = 'test/bench/plain/preseed.cfg';

/** What a person types who starts QEMU by hand, with the flags that make it quick: no flushing, sparse disk. */
const qemuArguments = (dir: string, kernelLine: string): string[] => [
  ...['-nodefaults', '-no-reboot', '-display', 'none', '-machine', 'q35', '-accel', 'tcg,thread=multi', '-cpu', 'max'],
  ...['-smp', '2', '-m', '1536', '-kernel', `${dir}/vmlinuz`, '-initrd', `${dir}/initrd.gz`, '-append', kernelLine],
  ...['-drive', `file=${dir}/disk.raw,format=raw,if=virtio,cache=unsafe,discard=unmap,detect-zeroes=unmap`],
  ...['-nic', 'user,model=virtio-net-pci', '-object', 'rng-random,id=rng', '-device', 'virtio-rng-pci,rng=rng'],
  ...['-serial', `file:${dir}/serial.log`],
];

const kernelLine = (port: number, mirror: Record<string, string>): string =>
  [
    `auto=true priority=critical preseed/url=http://10.0.2.2:${port}/preseed.cfg`,
    `mirror/http/hostname=${mirror['PKR_VAR_mirror']} mirror/http/directory=${mirror['PKR_VAR_mirror_directory']}`,
    'debian-installer/exit/poweroff=true DEBIAN_FRONTEND=text console=ttyS0,115200n8 ---',
  ].join(' ');

/** Debian's installer alone, from the same ISO, with an ordinary preseed and QEMU started by hand, to QEMU's end. */
export async function bareInstaller(iso: string): Promise<void> {
  const dir = await mkdtemp(path.join(tmpdir(), 'goldsmith-bare-'));
  await extractFromIso(iso, '/install.amd/vmlinuz', `${dir}/vmlinuz`);
  await extractFromIso(iso, '/install.amd/initrd.gz', `${dir}/initrd.gz`);
  await run('qemu-img', ['create', '-q', '-f', 'raw', `${dir}/disk.raw`, '8G']);
  const preseed = await readFile(PRESEED);
  const server = createServer((_, response) => void response.end(preseed)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const line = kernelLine(port, await mirrorEnvironment());
  const qemu = spawn('qemu-system-x86_64', qemuArguments(dir, line), { stdio: 'inherit' });
  await once(qemu, 'exit');
  server.close();
  await mustBeInstalled(dir);
  await rm(dir, { recursive: true });
}

/** A time counts only if the installer came to its end. */
async function mustBeInstalled(dir: string): Promise<void> {
  const { stdout } = await run('du', ['-m', `${dir}/disk.raw`]);
  const serial = await readFile(`${dir}/serial.log`, 'latin1');
  if (Number.parseInt(stdout, 10) < 300 || !/Power down|Requesting system poweroff/i.test(serial))
    throw new Error(`The bare installer did not end: see ${dir}/serial.log`);
}
