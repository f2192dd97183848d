import { libvirtNetdevId } from '../../machine/network.ts';
import type { MomentFiles, Vm } from '../driver.ts';
import { holdFirstPacket } from '../qemu/first-packet.ts';
import { saveMoment } from './checkpoint.ts';
import type { Connection } from './connection.ts';
import { driveNamed, drivesOf, sourceOf } from './domain-disks.ts';
import { flattenDisk } from './flatten.ts';
import { monitorOf } from './monitor.ts';
import type { PlacedFiles, PlacingScope } from './placed-files.ts';
import { checkSaved } from './saved-domain.ts';

/** What can be done with the moments of a machine. */
export type Moments = Required<Pick<Vm, 'saveMoment' | 'flatten'>> & Pick<Vm, 'holdConnection'>;

/** Of a machine that runs as ourselves: its files are ours. */
export const ownMoments = (connection: Connection, uuid: string, runtimeDir: string): Moments => ({
  saveMoment: (files, options) => saveMoment(connection, uuid, files, options),
  holdConnection: to => holdFirstPacket(monitorOf(connection, uuid), runtimeDir, libvirtNetdevId(0), to),
  flatten: (disk, file) => flattenDisk(connection, uuid, disk, file),
});

/**
 * Of a machine whose disks are copies in a pool: overlays and memory are volumes there, and what was frozen comes home
 * while the machine runs on. Nobody holds a connection of its guest: QEMU's end of it would be open to others there.
 */
export const placedMoments = (
  connection: Connection,
  uuid: string,
  placed: PlacedFiles,
  scope: PlacingScope,
): Moments => ({
  saveMoment: async (files, options) => {
    const before = await sourcesOf(connection, uuid, files);
    const frozen = [...before.values()].map(there => placed.fileAt(there));
    const overlays = new Map<string, string>();
    for (const [id, file] of files.overlays) overlays.set(id, await placed.overlay(scope, file, before.get(id) ?? ''));
    const memory = await placed.reserve(scope, files.memory);
    const cost = await saveMoment(connection, uuid, { ...files, overlays, memory }, options, {
      copy: (from, to) => placed.copy(scope, from, to),
      check: async () => {}, // once it is here
    });
    placed.owe(frozen);
    const fetch = async (): Promise<void> => {
      for (const file of frozen) await placed.fetch(scope, file);
      if (cost.diskOnly !== undefined) return placed.drop(files.memory);
      await placed.fetch(scope, files.memory);
      await checkSaved(files.memory);
      await placed.keepMemory(files.memory);
    };
    return { ...cost, fetch };
  },
  flatten: async (disk, file) => flattenDisk(connection, uuid, disk, await placed.placeAs(scope, file)),
});

/** Where the machine's host has the disks that get overlays, by their ids. */
async function sourcesOf(
  connection: Connection,
  uuid: string,
  { overlays }: Pick<MomentFiles, 'overlays'>,
): Promise<Map<string, string>> {
  const drives = await drivesOf(connection, uuid);
  return new Map([...overlays.keys()].map(id => [id, sourceOf(driveNamed(drives, id)) ?? '']));
}
