import { LibvirtDriver } from '../../core/drivers/libvirt/libvirt.ts';
import { QemuDriver } from '../../core/drivers/qemu/qemu.ts';
import type { Machine } from '../../core/model/machine.ts';
import { TestScope } from '../guest/scope.ts';

/** A process that goes back to a moment and waits to be killed: `node back.js JSON`. Says when the machine runs. */
const { uri, machine, runtimeDir, memory } = JSON.parse(process.argv[2] ?? '{}') as {
  /** Of libvirt; missing: QEMU itself. */
  uri?: string;
  machine: Machine;
  runtimeDir: string;
  memory: string;
};
const owner = { kind: 'run', id: 'killed' } as const;
const driver =
  uri === undefined ? new QemuDriver({ diesWithUs: true }) : new LibvirtDriver({ uri, owner, diesWithUs: true });
await driver.start(new TestScope(), machine, runtimeDir, memory);
process.stdout.write('it runs\n');
setInterval(() => {}, 1000);
