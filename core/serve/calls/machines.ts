import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { DriverName } from '../../model/lab.ts';
import type { DriverChoice } from '../../model/plan.ts';
import type { RunVmOptions, VmInfo } from '../../model/vm.ts';
import type { CallContext, HandlersOf } from './context.ts';

let count = 0;

export const MACHINE_CALLS: HandlersOf<'vms' | 'vm.start' | 'vm.stop' | 'vm.snapshots'> = {
  vms: async (_args, { host }) => (await host.engine()).vms(),
  'vm.start': async ({ ref, userData, memoryMiB, cpus, driver, forwards }, context) => {
    // Kept: it lives on when this server ends, and ends when a person says so.
    const options: RunVmOptions = {
      keep: true,
      waitForSsh: false,
      forwards,
      ...(memoryMiB === undefined ? {} : { memoryMiB }),
      ...(cpus === undefined ? {} : { cpus }),
      ...(driver === undefined ? {} : { driver: driverOf(driver) }),
    };
    return userData === undefined || userData.trim() === ''
      ? (await context.host.engine()).run(ref, options, context.watch)
      : withUserData(userData, context, file => runWith(ref, { ...options, userData: file }, context));
  },
  'vm.snapshots': async ({ id, work, name }, { host }) => (await host.engine()).snapshots(id, work, name),
  'vm.stop': async ({ id }, { host }) => (await host.engine()).remove(id, { force: true }),
};

const driverOf = ({ name, uri }: { name: DriverName; uri?: string | undefined }): DriverChoice => ({
  name,
  ...(uri === undefined ? {} : { uri }),
});

const runWith = async (ref: string, options: RunVmOptions, { host, watch }: CallContext): Promise<VmInfo> =>
  (await host.engine()).run(ref, options, watch);

/** The engine reads user data from a file: it may hold passwords, so it is private and soon gone. */
async function withUserData(
  text: string,
  { host }: CallContext,
  use: (file: string) => Promise<VmInfo>,
): Promise<VmInfo> {
  const dir = path.join(host.home.runtime, 'launch');
  const file = path.join(dir, `user-data-${process.pid}-${++count}`);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await writeFile(file, text, { mode: 0o600 });
  try {
    return await use(file);
  } finally {
    await rm(file, { force: true });
  }
}
