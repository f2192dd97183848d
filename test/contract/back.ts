import { LibvirtDriver, type LibvirtDriverOptions } from '../../core/drivers/libvirt/libvirt.ts';
import { QemuDriver } from '../../core/drivers/qemu/qemu.ts';
import type { Machine } from '../../core/model/machine.ts';
import { TestScope } from '../guest/scope.ts';

/** A process that goes back to a moment and waits to be killed: `node back.js JSON`. Says when the machine runs. */
const { options, machine, runtimeDir, memory } = JSON.parse(process.argv[2] ?? '{}') as {
  /** Of libvirt; missing: QEMU itself. */
  options?: LibvirtDriverOptions;
  machine: Machine;
  runtimeDir: string;
  memory: string;
};
const driver = options === undefined ? new QemuDriver({ diesWithUs: true }) : new LibvirtDriver(options);
await driver.start(new TestScope(), machine, runtimeDir, memory);
process.stdout.write('it runs\n');
setInterval(() => {}, 1000);
