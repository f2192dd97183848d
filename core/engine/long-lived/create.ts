import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { type Connection, withConnection } from '../../drivers/libvirt/connection.ts';
import { domainXml } from '../../drivers/libvirt/domain-xml.ts';
import { removeDomain } from '../../drivers/libvirt/release.ts';
import { convertImage, createImage, imageInfo, resizeImage } from '../../media/qemu-img.ts';
import { makeNoCloudSeed } from '../../media/seed.ts';
import type { Watch } from '../../model/engine.ts';
import { GoldsmithError } from '../../model/failure.ts';
import type { LongLivedInfo, LongLivedOptions } from '../../model/long-lived.ts';
import type { EngineDeps } from '../deps.ts';
import { type MachineRecord, machineFiles, readRecord } from './files.ts';
import { infoOf, switchOn } from './manage.ts';
import { type MachinePlan, planLongLived, requireOwnFiles } from './plan.ts';

const MIB = 1024 * 1024;

/** Makes the machine's files, defines it and starts it; what fails leaves nothing. */
export async function createMachine(
  deps: EngineDeps,
  ref: string,
  options: LongLivedOptions,
  watch: Watch,
): Promise<LongLivedInfo> {
  const plan = await planLongLived(deps, ref, options, watch);
  requireOwnFiles(plan.uri);
  if (await readRecord(deps, options.name)) throw taken(options.name);
  return withConnection(plan.uri, async connection => {
    await requireFreeName(connection, plan.domainName);
    try {
      await makeFiles(plan, options, watch);
      await connection.call('domainDefine', longLivedXml(plan, options));
      if (options.isAutostarted) await connection.call('domainSetAutostart', plan.uuid, true);
      const record = await writeRecord(plan, options);
      if (options.isStarted) await switchOn(connection, record);
      return await infoOf(connection, record);
    } catch (error) {
      await removeDomain(connection, plan.uuid).catch(() => false);
      await rm(plan.dir, { recursive: true, force: true });
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

/** A folder without a record is a leftover of a creation that was cut off. */
async function makeFiles(plan: MachinePlan, { disksMiB }: LongLivedOptions, { signal }: Watch): Promise<void> {
  const { dir, machine, release, seed, key } = plan;
  const files = machineFiles(dir);
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true, mode: 0o700 });
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

export const longLivedXml = ({ machine, dir, domainName, uuid }: MachinePlan, { name, network }: LongLivedOptions) => {
  const { vnc, serial, serialLog } = machineFiles(dir);
  return domainXml(machine, {
    name: domainName,
    uuid,
    owner: { kind: 'vm', id: name },
    console: { kind: 'sockets', vnc, serial, serialLog },
    ...(network === undefined ? {} : { network }),
  });
};

async function writeRecord(plan: MachinePlan, { name, network }: LongLivedOptions): Promise<MachineRecord> {
  const { release, uri, uuid, user } = plan;
  const { image, version } = release;
  const createdAt = new Date().toISOString();
  const record = { name, image, version, uri, uuid, user, createdAt, ...(network === undefined ? {} : { network }) };
  await writeFile(machineFiles(plan.dir).record, `${JSON.stringify(record, undefined, 2)}\n`, { mode: 0o600 });
  return record;
}
