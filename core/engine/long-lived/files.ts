import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { GoldsmithError } from '../../model/failure.ts';
import { nearest } from '../../model/nearest.ts';
import type { EngineDeps } from '../deps.ts';

/** The files of one machine, by what they are. */
export const machineFiles = (dir: string) => ({
  record: path.join(dir, 'machine.json'),
  disk: (nth: number) => path.join(dir, nth === 0 ? 'disk.qcow2' : `disk-${nth}.qcow2`),
  seed: path.join(dir, 'seed.iso'),
  efiVars: path.join(dir, 'efivars.fd'),
  key: path.join(dir, 'key'),
  knownHosts: path.join(dir, 'known_hosts'),
  serial: path.join(dir, 'serial'),
  vnc: path.join(dir, 'vnc'),
  serialLog: path.join(dir, 'serial.log'),
});

const Record = z.object({
  name: z.string(),
  image: z.string(),
  version: z.string(),
  uri: z.string(),
  uuid: z.string(),
  user: z.string(),
  network: z.string().optional(),
  /** Of that libvirt, where the machine's volumes are; missing: its disks are files beside the record. */
  pool: z.string().optional(),
  volumes: z.array(z.string()).default([]),
  createdAt: z.string(),
});

/**
 * What is known of a machine beside what its libvirt says. Written first: what a creation that was cut off left is
 * listed as missing, and can be removed.
 */
export type MachineRecord = z.output<typeof Record>;

export const machineDir = (deps: EngineDeps, name: string): string => path.join(deps.home.machines, name);

export async function readRecord(deps: EngineDeps, name: string): Promise<MachineRecord | undefined> {
  const text = await readFile(machineFiles(machineDir(deps, name)).record, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : Record.parse(JSON.parse(text));
}

export async function writeRecord(deps: EngineDeps, record: MachineRecord): Promise<void> {
  const file = machineFiles(machineDir(deps, record.name)).record;
  await writeFile(`${file}.new`, `${JSON.stringify(record, undefined, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** By name. */
export async function allRecords(deps: EngineDeps): Promise<MachineRecord[]> {
  const names = await readdir(deps.home.machines).catch(() => []);
  const records = await Promise.all(names.sort().map(name => readRecord(deps, name)));
  return records.filter(record => record !== undefined);
}

/** @throws GoldsmithError `not-found` with the nearest name */
export async function findRecord(deps: EngineDeps, name: string): Promise<MachineRecord> {
  const record = await readRecord(deps, name);
  if (record) return record;
  const names = (await allRecords(deps)).map(one => one.name);
  const near = nearest(name, names);
  throw new GoldsmithError('not-found', `There is no machine ${name}.`, {
    hint: near
      ? `Did you mean ${near}?`
      : names.length > 0
        ? `There are: ${names.join(', ')}.`
        : 'goldsmith vm create IMAGE makes one.',
  });
}
