import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import { ownName } from '../../drivers/libvirt/ownership.ts';
import { DEFAULT_URI, requireQemu } from '../../drivers/libvirt/uri.ts';
import { type KeyPair, makeKeyPair } from '../../guest/keys.ts';
import type { Watch } from '../../model/engine.ts';
import { GoldsmithError } from '../../model/failure.ts';
import type { ReleaseInfo } from '../../model/image.ts';
import type { LongLivedOptions } from '../../model/long-lived.ts';
import type { Machine } from '../../model/machine.ts';
import { userData } from '../../verify/throwaway.ts';
import type { EngineDeps } from '../deps.ts';
import { releaseMachine } from '../release-machine.ts';
import { userOf } from '../run-vm.ts';
import { machineDir, machineFiles } from './files.ts';

const NAME = /^[a-z0-9][a-z0-9-]{0,40}$/;

/** Everything of a machine that is to be, before anything is made. */
export interface MachinePlan {
  release: ReleaseInfo;
  machine: Machine;
  uri: string;
  uuid: string;
  /** As its libvirt knows it. */
  domainName: string;
  dir: string;
  user: string;
  key: KeyPair;
  seed: { metaData: string; userData: string };
  /** What a UEFI machine's variables start as. */
  varsTemplate?: string;
}

/** @throws GoldsmithError `usage`, `not-found`, `unsupported` */
export async function planLongLived(
  deps: EngineDeps,
  ref: string,
  options: LongLivedOptions,
  watch: Watch,
): Promise<MachinePlan> {
  const { name, network, uri = DEFAULT_URI } = options;
  if (!NAME.test(name)) {
    throw new GoldsmithError('usage', `"${name}" cannot be a machine's name.`, {
      hint: 'Lower-case letters, digits and dashes, at most 41.',
    });
  }
  requireQemu(uri);
  const store = await deps.store();
  const release = await store.resolve(ref);
  const facts = await deps.facts(watch);
  const dir = machineDir(deps, name);
  const files = machineFiles(dir);
  const { machine: tested } = await store.manifest(`${release.image}@${release.version}`);
  const machine = releaseMachine(tested, facts, {
    name,
    serialLog: files.serialLog,
    forwards: network === undefined ? [{ hostPort: 0, guestPort: 22 }] : [],
    ...(options.cpus === undefined ? {} : { cpus: options.cpus }),
    ...(options.memoryMiB === undefined ? {} : { memoryMiB: options.memoryMiB }),
  });
  const user = await userOf(deps, release.image);
  const key = makeKeyPair(`goldsmith-vm-${name}`);
  const own = options.userData === undefined ? userData(user, key) : await readFile(options.userData, 'utf8');
  return {
    release,
    machine: withFiles(machine, options, files),
    uri,
    uuid: randomUUID(),
    domainName: ownName(name),
    dir,
    user,
    key,
    ...(machine.firmware.kind === 'efi' ? { varsTemplate: machine.firmware.vars } : {}),
    seed: { metaData: stringify({ 'instance-id': `goldsmith-${name}`, 'local-hostname': name }), userData: own },
  };
}

/** Its own disks: their content is wanted for long, so that what the guest flushes is flushed. */
function withFiles(machine: Machine, { disksMiB }: LongLivedOptions, files: ReturnType<typeof machineFiles>): Machine {
  const [first] = machine.disks;
  const disks = Array.from({ length: Math.max(1, disksMiB.length) }, (_, nth) => ({
    id: `disk${nth}`,
    path: files.disk(nth),
    format: 'qcow2' as const,
    interface: first?.interface ?? ('virtio' as const),
    cache: 'writeback' as const,
    discard: 'unmap' as const,
    detectZeroes: 'off' as const,
  }));
  return {
    ...machine,
    disks,
    cdroms: [{ id: 'seed', path: files.seed, interface: 'ide' }],
    ...(machine.firmware.kind === 'efi' ? { firmware: { ...machine.firmware, vars: files.efiVars } } : {}),
  };
}
