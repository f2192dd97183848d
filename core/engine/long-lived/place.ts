import { rm } from 'node:fs/promises';
import type { Connection } from '../../drivers/libvirt/connection.ts';
import { PlacedFiles } from '../../drivers/libvirt/placed-files.ts';
import { poolOf } from '../../drivers/libvirt/pools.ts';
import { deleteVolume } from '../../drivers/libvirt/release.ts';
import { adaptedTo } from '../../drivers/libvirt/remote-host.ts';
import { Tunnel } from '../../drivers/libvirt/tunnel.ts';
import { placeOf, sshTargetOf } from '../../drivers/libvirt/uri.ts';
import type { Watch } from '../../model/engine.ts';
import type { Accelerator, Machine } from '../../model/machine.ts';
import type { EngineDeps } from '../deps.ts';
import { type MachineRecord, machineDir, machineFiles, writeRecord } from './files.ts';

/**
 * The machine with its files where its libvirt finds them: for one that does not run as ourselves they are moved into
 * a pool. Each volume is in the machine's record before it is there.
 */
export async function placeFiles(
  deps: EngineDeps,
  connection: Connection,
  machine: Machine,
  record: MachineRecord,
  { accelerator, watch }: { accelerator: Accelerator | undefined; watch: Watch },
): Promise<Machine> {
  const place = placeOf(record.uri);
  if (place === 'session') return machine;
  const isRemote = place === 'remote';
  record.pool = await poolNamed(connection, record);
  const files = new PlacedFiles(connection, record.pool, `vm-${record.name}`, isRemote);
  const placed = await files.place(
    {
      signal: watch.signal,
      emit: event => watch.onEvent({ ...event, seq: 0, at: new Date().toISOString() }),
      hold: async (resource, acquire) => {
        if (resource.kind === 'volume') record.volumes.push(resource.name);
        await writeRecord(deps, record);
        return acquire();
      },
    },
    isRemote ? await adaptedTo(connection, machine, accelerator) : machine,
  );
  const { disk, seed, efiVars } = machineFiles(machineDir(deps, record.name));
  for (const file of [...machine.disks.map((_, nth) => disk(nth)), seed, efiVars]) await rm(file, { force: true });
  return placed;
}

async function poolNamed(connection: Connection, { uri, pool }: MachineRecord): Promise<string> {
  const target = sshTargetOf(uri);
  const tunnel = target && (await Tunnel.open(target));
  try {
    return await poolOf(connection, uri, pool, tunnel);
  } finally {
    await tunnel?.close();
  }
}

/** Its volumes, and its folder here. */
export async function removeFiles(deps: EngineDeps, connection: Connection, record: MachineRecord): Promise<void> {
  for (const volume of record.volumes) await deleteVolume(connection, record.pool ?? '', volume);
  await rm(machineDir(deps, record.name), { recursive: true, force: true });
}
