import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import { ownName } from '../../drivers/libvirt/ownership.ts';
import { DEFAULT_URI, requireQemu } from '../../drivers/libvirt/uri.ts';
import { type KeyPair, makeKeyPair } from '../../guest/keys.ts';
import { imageInfo } from '../../media/qemu-img.ts';
import type { Watch } from '../../model/engine.ts';
import { GoldsmithError } from '../../model/failure.ts';
import type { ReleaseInfo } from '../../model/image.ts';
import type { LongLivedOptions } from '../../model/long-lived.ts';
import type { Machine } from '../../model/machine.ts';
import { formatBytes } from '../../model/quantity.ts';
import { seedCd, userData } from '../../verify/throwaway.ts';
import type { EngineDeps } from '../deps.ts';
import { releaseMachine } from '../release-machine.ts';
import { userOf } from '../run-vm.ts';
import { machineDir, machineFiles } from './files.ts';

const MIB = 1024 * 1024;
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
  await requireRoom(release, options, watch);
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
  const own = options.userData === undefined ? userData(user, key) : await readUserData(options.userData);
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

/** A disk that is cut off holds no file system. @throws GoldsmithError `usage` */
async function requireRoom(release: ReleaseInfo, { disksMiB: [first] }: LongLivedOptions, watch: Watch): Promise<void> {
  if (first === undefined) return;
  const { virtualBytes } = await imageInfo({ path: release.path, format: release.format }, watch);
  if (first * MIB >= virtualBytes) return;
  const [least, wanted] = [formatBytes(virtualBytes), formatBytes(first * MIB)];
  throw new GoldsmithError(
    'usage',
    `The first disk of ${release.image} has ${least}, and cannot shrink to ${wanted}.`,
    {
      hint: 'The first --disk is how large the release’s own becomes; further ones are added.',
    },
  );
}

async function readUserData(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new GoldsmithError(
      'not-found',
      `The user data ${file} cannot be read: ${cause.message.replace(/, .*$/, '')}.`,
      {
        hint: '--user-data names a file of cloud-init, such as #cloud-config.',
        cause,
      },
    );
  });
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
    cdroms: [seedCd(machine.arch, files.seed)],
    ...(machine.firmware.kind === 'efi' ? { firmware: { ...machine.firmware, vars: files.efiVars } } : {}),
  };
}
