import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { EMULATED_CPU } from '../../core/host/accelerators.ts';

/** Plain QEMU, nothing of Goldsmith: the tiny guest must be a guest like any other. */
export interface PlainVm {
  child: ChildProcess;
  exited: Promise<number | null>;
  sshPort: number;
  serial(): string;
  /** One QMP command after the greeting. */
  qmp(command: string): void;
}

export interface PlainVmOptions {
  dir: string;
  disk: string;
  cdrom?: string;
  direct?: { kernel: string; initrd: string; append: string };
  /** Code and a writable copy of the variables. */
  efi?: { code: string; vars: string };
}

let count = 0;

export async function startPlainVm(options: PlainVmOptions): Promise<PlainVm> {
  const name = path.join(options.dir, `vm${++count}`);
  const sshPort = await freePort();
  const child = spawn('qemu-system-x86_64', qemuArguments(options, name, sshPort), { stdio: 'inherit' });
  const exited = new Promise<number | null>(resolve => child.once('exit', resolve));
  return {
    child,
    exited,
    sshPort,
    serial: () => (existsSync(`${name}.serial`) ? readFileSync(`${name}.serial`, 'utf8') : ''),
    qmp: command => {
      const socket = net.connect(`${name}.qmp`);
      socket.end(`{"execute":"qmp_capabilities"}{"execute":"${command}"}`);
      socket.resume();
    },
  };
}

function qemuArguments({ disk, cdrom, direct, efi }: PlainVmOptions, name: string, sshPort: number): string[] {
  const flash = (file: string, readonly: 'on' | 'off') => [
    '-drive',
    `if=pflash,format=raw,readonly=${readonly},file=${file}`,
  ];
  return [
    ...['-nodefaults', '-machine', 'q35', '-accel', 'tcg,thread=multi'],
    ...['-cpu', EMULATED_CPU, '-smp', '1', '-m', '512'],
    ...['-display', 'none', '-vga', 'std', '-no-reboot', '-serial', `file:${name}.serial`],
    ...['-qmp', `unix:${name}.qmp,server=on,wait=off`],
    ...['-drive', `file=${disk},format=qcow2,if=none,id=disk,cache=unsafe,discard=unmap`],
    ...['-device', 'virtio-blk-pci,drive=disk,bootindex=1', '-device', 'virtio-rng-pci'],
    ...['-netdev', `user,id=net,hostfwd=tcp:127.0.0.1:${sshPort}-:22`, '-device', 'virtio-net-pci,netdev=net'],
    ...(cdrom ? ['-drive', `file=${cdrom},format=raw,media=cdrom,readonly=on`] : []),
    ...(direct ? ['-kernel', direct.kernel, '-initrd', direct.initrd, '-append', direct.append] : []),
    ...(efi ? [...flash(efi.code, 'on'), ...flash(efi.vars, 'off')] : []),
  ];
}

function freePort(): Promise<number> {
  return new Promise(resolve => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** Answers over HTTP and the installer's log over UDP, as the guest sees them at 10.0.2.2. */
export interface Helpers {
  httpPort: number;
  logPort: number;
  requests: string[];
  log: string[];
  /** The first log line that fits. */
  logged(pattern: RegExp): Promise<string>;
  close(): void;
}

export async function startHelpers(files: Record<string, string>): Promise<Helpers> {
  const requests: string[] = [];
  const log: string[] = [];
  const waiters: { pattern: RegExp; resolve: (line: string) => void }[] = [];
  const server = createServer(({ url = '' }, response) => {
    requests.push(url);
    const text = files[url];
    response.writeHead(text === undefined ? 404 : 200).end(text ?? '');
  });
  const receiver = createSocket('udp4', message => {
    const line = message.toString().trimEnd();
    log.push(line);
    for (const waiter of waiters) if (waiter.pattern.test(line)) waiter.resolve(line);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  await new Promise<void>(resolve => receiver.bind(0, '127.0.0.1', resolve));
  return {
    httpPort: (server.address() as AddressInfo).port,
    logPort: receiver.address().port,
    requests,
    log,
    logged: pattern => {
      const already = log.find(line => pattern.test(line));
      return already ? Promise.resolve(already) : new Promise(resolve => waiters.push({ pattern, resolve }));
    },
    close: () => {
      server.close();
      receiver.close();
    },
  };
}
