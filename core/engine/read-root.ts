import { mkdir, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { buildFiles } from '../build/context.ts';
import { Journal } from '../build/journal.ts';
import { execute } from '../build/run.ts';
import type { Scope } from '../build/scope.ts';
import { QemuDriver } from '../drivers/qemu/qemu.ts';
import { readPartitions } from '../export/root/partitions.ts';
import { HIDDEN_BYTES, MARK, PIECE_BYTES, rootScript, SOURCE_SERIAL, TAR_SERIAL } from '../export/root/script.ts';
import type { RawDisk, RootReader } from '../export/work.ts';
import type { Guest } from '../guest/guest.ts';
import { makeKeyPair } from '../guest/keys.ts';
import { runAsRoot } from '../guest/seal/root-shell.ts';
import { json } from '../machine/arguments.ts';
import { type FailureCode, GoldsmithError } from '../model/failure.ts';
import type { ReleaseInfo } from '../model/image.ts';
import type { Machine } from '../model/machine.ts';
import type { Manifest } from '../model/manifest.ts';
import { Redactor } from '../model/redact.ts';
import { startThrowaway } from '../verify/throwaway.ts';
import type { EngineDeps } from './deps.ts';
import { releaseMachine } from './release-machine.ts';
import { userOf } from './run-vm.ts';

const BOOT_TIMEOUT_MS = 10 * 60_000;
const READ_TIMEOUT_MS = 60 * 60_000;
const LOGIN_FAILURES: FailureCode[] = ['guest-auth', 'guest-unreachable'];
const NO_LOGIN_HINT =
  'Run it where the lab.yaml of the image is, which names its user (boot_test: user). It has to be a Linux guest that takes a NoCloud seed (cloud-init).';

/**
 * Reads the root file system of a release as the guest itself sees it: a throwaway machine of the same release gets
 * the sealed disk as a second one, read only, and a third one to write the tar to. Nothing is mounted on this host and
 * nobody needs to be root; the disk that is read was never booted.
 */
export function rootReader(deps: EngineDeps, release: ReleaseInfo, manifest: Manifest): RootReader {
  return async (disk, tar, signal) => {
    const id = deps.vms.newId(release.image, new Date());
    const dir = deps.vms.dir(id);
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const lock = await deps.vms.lock(id);
    const journal = new Journal(buildFiles(dir).journal, new Redactor());
    journal.append({ type: 'started', build: id, image: release.image, version: release.version, pid: process.pid });
    try {
      return await execute(journal, signal, run => read(run, { deps, release, manifest, id, disk, tar }));
    } finally {
      journal.close();
      await lock?.release();
      await rm(dir, { recursive: true, force: true });
    }
  };
}

interface Reading {
  deps: EngineDeps;
  release: ReleaseInfo;
  manifest: Manifest;
  id: string;
  disk: RawDisk;
  tar: string;
}

async function read(scope: Scope, reading: Reading): Promise<number> {
  const { deps, release, id, disk, tar } = reading;
  const partitions = await readPartitions(disk.path, disk.bytes);
  // Larger than any tar of it can be: it takes only the room of what is written.
  await makeSparse(tar, 2 * disk.bytes + 1024 ** 3);
  const machine = await machineOf(scope, reading);
  const work = path.join(deps.vms.dir(id), 'work');
  const user = await userOf(deps, release.image);
  const { vm, guest } = await startThrowaway(scope, new QemuDriver({ diesWithUs: true }), {
    name: release.image,
    image: { path: release.path, format: release.format },
    machine,
    access: { kind: 'seed', user, key: makeKeyPair(`goldsmith-${id}`) },
    dir: work,
    runtimeDir: path.join(deps.home.runtime, id),
    timeoutMs: BOOT_TIMEOUT_MS,
  }).catch(error => {
    if (!(error instanceof GoldsmithError) || !LOGIN_FAILURES.includes(error.code)) throw error;
    throw cannotRead(`its throwaway machine does not let ${user} in`, [], { cause: error, hint: NO_LOGIN_HINT });
  });
  if (!guest) throw cannotRead('nobody could log in to it');
  try {
    return await pack(scope, guest, rootScript(partitions));
  } finally {
    await guest.close();
    await vm.destroy();
  }
}

async function machineOf(scope: Scope, { deps, manifest, id, disk, tar }: Reading): Promise<Machine> {
  const facts = await deps.facts(scope);
  const forwards = [{ hostPort: 0, guestPort: 22 }];
  return {
    ...releaseMachine(manifest.machine, facts, { name: id, serialLog: '', forwards }),
    disks: [],
    extraArgs: [...secondDisk(disk), ...tarDisk(tar)],
  };
}

const secondDisk = ({ path: filename, bytes }: RawDisk): string[] => [
  ...json('-blockdev', {
    driver: 'raw',
    'node-name': SOURCE_SERIAL,
    'read-only': true,
    offset: HIDDEN_BYTES,
    size: bytes - HIDDEN_BYTES,
    file: { driver: 'file', filename, 'read-only': true },
  }),
  ...json('-device', { driver: 'virtio-blk-pci', drive: SOURCE_SERIAL, serial: SOURCE_SERIAL }),
];

const tarDisk = (filename: string): string[] => [
  ...json('-blockdev', {
    driver: 'raw',
    'node-name': TAR_SERIAL,
    cache: { 'no-flush': true },
    file: { driver: 'file', filename },
  }),
  ...json('-device', { driver: 'virtio-blk-pci', drive: TAR_SERIAL, serial: TAR_SERIAL }),
];

/** @returns how many bytes the tar has */
async function pack(scope: Scope, guest: Guest, script: string): Promise<number> {
  const said = new Map<string, string>();
  const lines: string[] = [];
  const { disconnected } = await runAsRoot(guest, script, {
    timeoutMs: READ_TIMEOUT_MS,
    signal: scope.signal,
    onLine: line => {
      const [mark, key = '', ...words] = line.split(' ');
      if (mark === MARK) said.set(key, words.join(' '));
      else lines.push(line);
    },
  });
  const failure = said.get('failed');
  if (failure !== undefined) throw cannotRead(failure, lines);
  const [whole = 0, partial = 0] = (said.get('pieces') ?? '').split(' ').map(Number);
  const bytes = (whole + partial) * PIECE_BYTES;
  if (bytes > 0) return bytes;
  throw cannotRead(disconnected ? 'the connection was lost' : 'it did not say how much it wrote', lines);
}

const NO_ROOT_HINT =
  'The docker target needs a Linux guest that takes a NoCloud seed (cloud-init), on a partition with a file system it knows.';

const cannotRead = (
  why: string,
  lastLines: string[] = [],
  { cause, hint = NO_ROOT_HINT }: { cause?: unknown; hint?: string } = {},
): GoldsmithError =>
  new GoldsmithError('unsupported', `The guest could not read its root file system: ${why}.`, {
    hint,
    cause,
    details: { lastLines: lastLines.slice(-20) },
  });

async function makeSparse(file: string, bytes: number): Promise<void> {
  const handle = await open(file, 'wx');
  await handle.truncate(bytes);
  await handle.close();
}
