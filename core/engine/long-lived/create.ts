import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { type Connection, withConnection } from '../../drivers/libvirt/connection.ts';
import { domainXml } from '../../drivers/libvirt/domain-xml.ts';
import { removeDomain } from '../../drivers/libvirt/release.ts';
import { placeOf, sshTargetOf, warningOf } from '../../drivers/libvirt/uri.ts';
import { convertImage, createImage, imageInfo, resizeImage } from '../../media/qemu-img.ts';
import { makeNoCloudSeed } from '../../media/seed.ts';
import type { Watch } from '../../model/engine.ts';
import { GoldsmithError } from '../../model/failure.ts';
import type { LongLivedInfo, LongLivedOptions } from '../../model/long-lived.ts';
import type { EngineDeps } from '../deps.ts';
import { type MachineRecord, machineFiles, readRecord, writeRecord } from './files.ts';
import { infoOf, switchOn } from './manage.ts';
import { placeFiles, removeFiles } from './place.ts';
import { type MachinePlan, planLongLived } from './plan.ts';

const MIB = 1024 * 1024;

/** Makes the machine's files, defines it and starts it; what fails leaves nothing. */
export async function createMachine(
  deps: EngineDeps,
  ref: string,
  options: LongLivedOptions,
  watch: Watch,
): Promise<LongLivedInfo> {
  const plan = await planLongLived(deps, ref, options, watch);
  if (await readRecord(deps, options.name)) throw taken(options.name);
  const warning = warningOf(plan.uri);
  if (warning) watch.onEvent({ type: 'warning', ...warning, seq: 0, at: new Date().toISOString() });
  return withConnection(plan.uri, async connection => {
    await requireFreeName(connection, plan.domainName);
    const record = recordOf(plan, options);
    try {
      await makeFolder(plan.dir);
      await writeRecord(deps, record);
      await makeFiles(plan, options, watch);
      const machine = await placeFiles(deps, connection, plan.machine, record, {
        accelerator: options.accelerator,
        watch,
      });
      await connection.call('domainDefine', longLivedXml({ ...plan, machine }, options));
      if (options.isAutostarted) await connection.call('domainSetAutostart', plan.uuid, true);
      if (options.isStarted) await switchOn(connection, record);
      return await infoOf(connection, record);
    } catch (error) {
      await removeDomain(connection, plan.uuid).catch(() => false);
      await removeFiles(deps, connection, record);
      throw error;
    }
  });
}

const taken = (name: string): GoldsmithError =>
  new GoldsmithError('exists', `There is a machine ${name} already.`, { hint: 'Choose another --name.' });

async function requireFreeName(connection: Connection, domain: string): Promise<void> {
  const uuid = await connection.call('domainByName', domain).catch((error: unknown) => {
    if (error instanceof GoldsmithError && error.code === 'not-found') return undefined;
    throw error;
  });
  if (uuid !== undefined) throw taken(domain);
}

async function makeFolder(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true }); // without a record it is a leftover
  await mkdir(dir, { recursive: true, mode: 0o700 });
}

async function makeFiles(plan: MachinePlan, { disksMiB }: LongLivedOptions, { signal }: Watch): Promise<void> {
  const { dir, machine, release, seed, key } = plan;
  const files = machineFiles(dir);
  for (const [nth, disk] of machine.disks.entries()) {
    const bytes = (disksMiB[nth] ?? 0) * MIB;
    if (nth > 0) await createImage(disk, bytes, { signal });
    else await convertImage({ path: release.path, format: release.format }, disk, { signal });
    if (nth === 0 && bytes > (await imageInfo(disk, { signal })).virtualBytes)
      await resizeImage(disk, bytes, { signal });
  }
  await makeNoCloudSeed(files.seed, seed, { signal });
  await writeFile(files.key, key.privateKey, { mode: 0o600 });
  if (machine.firmware.kind === 'efi') await copyFile(plan.varsTemplate ?? '', files.efiVars);
}

export const longLivedXml = (
  { machine, dir, domainName, uuid, uri }: MachinePlan,
  { name, network }: LongLivedOptions,
): string => {
  const { vnc, serial, serialLog } = machineFiles(dir);
  const place = placeOf(uri);
  return domainXml(machine, {
    name: domainName,
    uuid,
    owner: { kind: 'vm', id: name },
    console:
      place === 'session'
        ? { kind: 'sockets', vnc, serial, serialLog }
        : { kind: 'through-libvirt', hasPort: sshTargetOf(uri) !== undefined },
    ...(network === undefined ? {} : { network }),
  });
};

function recordOf(plan: MachinePlan, { name, network, pool }: LongLivedOptions): MachineRecord {
  const { release, uri, uuid, user } = plan;
  const { image, version } = release;
  return {
    ...{ name, image, version, uri, uuid, user, volumes: [], createdAt: new Date().toISOString() },
    ...(network === undefined ? {} : { network }),
    ...(pool === undefined ? {} : { pool }),
  };
}
