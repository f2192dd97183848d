import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type HostServer, serveHosts } from '../../core/answers/metal/serve-hosts.ts';
import { EMULATED_CPU } from '../../core/host/accelerators.ts';
import { extractFromIso } from '../../core/media/iso.ts';
import { makeTinyIso } from '../../core/media/tiny/iso.ts';
import { TINY_INITRD, TINY_KERNEL } from '../../core/media/tiny/medium.ts';
import { readLab } from '../../core/recipe/lab.ts';
import { sayingInitrd } from '../boot/isolinux-medium.ts';
import { runsAll } from '../extent.ts';
import { home, until } from './goldsmith.ts';

/**
 * `serve-answers` to a machine that has nothing but its network card: its firmware's own iPXE asks DHCP, and Goldsmith for
 * the rest. The machine comes back after its installation and is told to boot its disk.
 */

const SLOW = 960_000;
const WAIT_MS = 900_000;
const MAC = '52:54:00:12:34:56';
const GRUB_MAC = '52:54:00:12:34:57';
const OTHER_MAC = '52:54:00:12:34:58';
const UUID = '8f1d5a3e-6b1f-4f61-9b55-4a1f1b8c1a01';
/** What QEMU's user network calls this host. */
const HOST = '10.0.2.2';
/** On a busy host an emulated timer may be too late for the kernel's check of it. */
const APPEND =
  'answers={{ answers }}/tiny.cfg console=tty0 console=ttyS0 quiet cryptomgr.notests panic=-1 no_timer_check';

const LAB = `
images: {}
variables: {domain: example.org}
hosts:
  metal/host1:
    mac: '${MAC}'
    templates: answers
    boot: {kernel: vmlinuz, initrd: installer.cpio, append: '${APPEND}'}
  metal/host2:
    uuid: ${UUID}
    templates: answers
    boot: {kernel: vmlinuz, initrd: installer.cpio, append: '${APPEND}'}
  metal/host3:
    mac: '${GRUB_MAC}'
    templates: answers
    boot: {kernel: vmlinuz, initrd: saying.cpio, append: '${APPEND}'}
`;
const ANSWERS = `hostname={{ host }}
kernel_arguments=no_timer_check
late_command=echo {{ domain }} >/etc/domain
late_command=wget -q -O /dev/null {{ answers }}/done
`;

const dir = mkdtempSync(path.join(tmpdir(), 'netboot-'));
const file = (name: string): string => path.join(dir, name);
const machines = new Set<ChildProcess>();
let server: HostServer | undefined;
/** What was asked for, as `serve-answers` tells it. */
let asked: string[];

beforeAll(async () => {
  const cacheDir = path.join(home.cache, 'media');
  mkdirSync(cacheDir, { recursive: true });
  await makeTinyIso({ out: file('tiny.iso'), cacheDir, signal: new AbortController().signal, emit: () => {} });
  await extractFromIso(file('tiny.iso'), TINY_KERNEL, file('vmlinuz'));
  await extractFromIso(file('tiny.iso'), TINY_INITRD, file('installer.cpio'));
  writeFileSync(file('saying.cpio'), await sayingInitrd());
  mkdirSync(file('answers'));
  writeFileSync(file('answers/tiny.cfg'), ANSWERS);
  writeFileSync(file('lab.yaml'), LAB);
}, SLOW);
afterEach(async () => {
  for (const machine of machines) machine.kill('SIGKILL');
  machines.clear();
  await server?.close();
  server = undefined;
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function serve(): Promise<HostServer> {
  asked = [];
  server = await serveHosts(await readLab(dir), {
    bind: '127.0.0.1',
    name: HOST,
    port: 0,
    hosts: [],
    set: {},
    lifetimeMs: SLOW,
    signal: new AbortController().signal,
    onRequest: ({ path: what, status }) => asked.push(`${status} ${what}`),
    onState: (name, state) => asked.push(`${name} is ${state}`),
  });
  return server;
}

/** A machine that boots from its card first. @returns what it says on its serial port */
function powerOn(name: string, mac: string, network: string, more: string[] = []): () => string {
  const disk = file(`${name}.qcow2`);
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', disk, '512M']);
  const serial = file(`${name}.serial`);
  const args = [
    ...['-nodefaults', '-machine', 'q35', '-accel', 'tcg,thread=multi', '-cpu', EMULATED_CPU],
    ...['-m', '512', '-vga', 'std', '-display', 'none', '-serial', `file:${serial}`, '-device', 'virtio-rng-pci'],
    ...['-netdev', `user,id=net,${network}`, '-device', `virtio-net-pci,netdev=net,mac=${mac},bootindex=1`],
    ...['-drive', `file=${disk},format=qcow2,if=none,id=disk,cache=unsafe`],
    ...['-device', 'virtio-blk-pci,drive=disk,bootindex=2'],
    ...['-drive', `file=${file('tiny.iso')},format=raw,media=cdrom,readonly=on`],
    ...more,
  ];
  const machine = spawn('qemu-system-x86_64', args, { stdio: 'inherit' });
  machines.add(machine);
  return () => (existsSync(serial) ? readFileSync(serial, 'utf8') : '');
}

describe('a machine with an empty disk', () => {
  it('is installed by iPXE as the answers for its address say, and boots its disk then', {
    timeout: SLOW,
  }, async () => {
    const { base } = await serve();
    const serial = powerOn('ipxe', MAC, `bootfile=${base}/boot.ipxe`);
    await until(() => /login: $/.test(serial()), WAIT_MS);
    expect(asked).toEqual([
      '200 /boot.ipxe',
      '200 /ipxe/mac/52-54-00-12-34-56',
      'metal/host1 is installing',
      '200 /<metal/host1>/boot/vmlinuz',
      '200 /<metal/host1>/boot/installer.cpio',
      '200 /<metal/host1>/tiny.cfg',
      '200 /<metal/host1>/done',
      'metal/host1 is done',
      '200 /boot.ipxe',
      '200 /ipxe/mac/52-54-00-12-34-56',
    ]);
    expect(serial()).toMatch(/host1 login: $/);
  });

  it.runIf(runsAll)('is known by the UUID of its firmware where its address is not', { timeout: SLOW }, async () => {
    const { base } = await serve();
    powerOn('uuid', OTHER_MAC, `bootfile=${base}/boot.ipxe`, ['-uuid', UUID]);
    await until(() => asked.includes('200 /<metal/host2>/tiny.cfg'), WAIT_MS);
    expect(asked.slice(0, 4)).toEqual([
      '200 /boot.ipxe',
      '404 /ipxe/mac/52-54-00-12-34-58',
      `200 /ipxe/uuid/${UUID}`,
      'metal/host2 is installing',
    ]);
  });

  it.runIf(runsAll)(
    'gets its kernel and its line from a GRUB that came over the network, too',
    { timeout: SLOW },
    async () => {
      const { base } = await serve();
      mkdirSync(file('tftp'));
      const config = file('early.cfg');
      writeFileSync(config, `net_bootp\nconfigfile (http,${new URL(base).host})/grub/grub.cfg\n`);
      const modules = ['pxe', 'net', 'http', 'tftp', 'normal', 'configfile', 'linux'];
      const image = ['-O', 'i386-pc-pxe', '-p', '/grub', '-c', config, '-o', file('tftp/grub.0'), ...modules];
      execFileSync('grub-mkimage', image);
      const serial = powerOn('grub', GRUB_MAC, `tftp=${file('tftp')},bootfile=grub.0`);
      await until(() => /kernel line: .*\r?\n/.test(serial()), WAIT_MS);
      expect(asked.slice(0, 5)).toEqual([
        '200 /grub/grub.cfg',
        `200 /grub/mac/${GRUB_MAC}`,
        'metal/host3 is installing',
        '200 /<metal/host3>/boot/vmlinuz',
        '200 /<metal/host3>/boot/saying.cpio',
      ]);
      const line = /kernel line: (.*?)\r?\n/.exec(serial())?.[1];
      expect(line).toMatch(
        new RegExp(`answers=${base}/[a-z2-9]{26}/tiny\\.cfg console=tty0 console=ttyS0 quiet panic=-1 no_timer_check$`),
      );
    },
  );
});
