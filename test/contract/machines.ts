import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Driver } from '../../core/drivers/driver.ts';
import { LibvirtDriver } from '../../core/drivers/libvirt/libvirt.ts';
import { QemuDriver } from '../../core/drivers/qemu/qemu.ts';
import type { Machine } from '../../core/model/machine.ts';
import { startRemote } from '../drivers/libvirt/remote.ts';
import { startLibvirt, startSystemLibvirt, type Transport } from '../drivers/libvirt/session.ts';
import { runsAll } from '../extent.ts';

/** A driver as the contract takes it, and what has to be ended after it. */
export interface Subject {
  driver: Driver;
  stop(): Promise<void>;
  /** The hypervisor's process, where the driver itself cannot tell it. */
  pid?(): number;
  /** True: its screens do not come here, only pictures of them. */
  hasNoScreen?: boolean;
}

/** Every driver that boots real machines, by name. */
export const SUBJECTS: Record<string, () => Promise<Subject>> = {
  qemu: async () => ({ driver: new QemuDriver({ diesWithUs: true }), stop: async () => {} }),
  libvirt: async () => {
    const libvirt = await startLibvirt();
    const before = Object.keys(libvirt.env).map(name => [name, process.env[name]] as const);
    Object.assign(process.env, libvirt.env);
    const driver = new LibvirtDriver({ uri: libvirt.uri, owner: { kind: 'run', id: 'contract' }, diesWithUs: true });
    return {
      driver,
      stop: async () => {
        await driver.close();
        await libvirt.stop();
        for (const [name, value] of before) {
          if (value === undefined) delete process.env[name];
          else process.env[name] = value;
        }
      },
    };
  },
  ...(process.getuid?.() === 0 ? { 'libvirt (system)': () => system(), 'libvirt (tcp)': () => system('tcp') } : {}),
  ...(process.getuid?.() === 0 && runsAll ? { 'libvirt (tls)': () => system('tls') } : {}),
  'libvirt (ssh)': remote,
};

/** As somebody else's machine: through a pool, console streams and descriptors that libvirt hands over, or over the network. */
async function system(transport?: Transport): Promise<Subject> {
  const libvirt = await startSystemLibvirt(transport ? { transport } : {});
  const driver = new LibvirtDriver({
    uri: transport ? libvirt.far : libvirt.uri,
    owner: { kind: 'run', id: 'contract' },
    diesWithUs: true,
    ...(transport ? { accelerator: 'tcg' } : {}),
  });
  return {
    driver,
    hasNoScreen: transport !== undefined,
    pid: () => pidIn(path.join(libvirt.dir, 'run/libvirt/qemu')),
    stop: async () => {
      await driver.close();
      await libvirt.stop();
    },
  };
}

/** On another host, as far as libvirt and we know: through an sshd of the test's own. */
async function remote(): Promise<Subject> {
  const there = await startRemote();
  const driver = new LibvirtDriver({
    uri: there.uri,
    owner: { kind: 'run', id: 'contract' },
    diesWithUs: true,
    accelerator: 'tcg',
  });
  return {
    driver,
    pid: () => pidIn(path.join(there.libvirt.env['XDG_RUNTIME_DIR'] ?? '', 'libvirt/qemu/run')),
    stop: async () => {
      await driver.close();
      await there.stop();
    },
  };
}

/** The one machine of a libvirt of the test's own, by the file in which it keeps its number. */
function pidIn(dir: string): number {
  const file = readdirSync(dir).find(name => name.startsWith('goldsmith-') && name.endsWith('.pid'));
  return Number(readFileSync(path.join(dir, file ?? ''), 'utf8'));
}

/** A small machine that boots a CD. */
export const machineOf = (iso: string, serialLog: string): Machine => ({
  name: 'contract',
  arch: 'x86_64',
  type: 'q35',
  accelerator: 'tcg',
  cpuModel: 'max',
  cpus: { count: 1 },
  memoryMiB: 128,
  firmware: { kind: 'bios' },
  disks: [],
  cdroms: [{ id: 'cd0', path: iso, interface: 'ide' }],
  floppies: [],
  nics: [{ id: 'net0', model: 'virtio-net-pci', kind: 'user', forwards: [{ hostPort: 0, guestPort: 22 }] }],
  boot: { kind: 'firmware' },
  serialLog,
  extraArgs: [],
});
