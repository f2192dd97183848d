import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import { Guard, within } from '../build/guard.ts';
import type { Scope } from '../build/scope.ts';
import { tailFile } from '../build/tail.ts';
import type { Driver, Vm } from '../drivers/driver.ts';
import type { Guest } from '../guest/guest.ts';
import type { KeyPair } from '../guest/keys.ts';
import { connectGuest } from '../guest/ssh.ts';
import { createOverlay } from '../media/qemu-img.ts';
import { makeNoCloudSeed } from '../media/seed.ts';
import { GoldsmithError } from '../model/failure.ts';
import type { ImageFormat, Machine } from '../model/machine.ts';

/** A login prompt on the serial console: the guest is up, and sshd close behind. */
const LOGIN_PROMPT = /\blogin: *$/;
const SEED_LABEL = 'seed';

/** How somebody gets into the throwaway machine. */
export type Access =
  /** A NoCloud seed puts this key in for this user. */
  | { kind: 'seed'; user: string; key: KeyPair; userData?: string }
  /** What the image itself lets in. */
  | { kind: 'own'; user: string; password?: string; privateKey?: string }
  | { kind: 'none' };

export interface ThrowawaySpec {
  /** Name of the VM, its files and its host. */
  name: string;
  /** The disk to boot from; it is never written to. */
  image: { path: string; format: ImageFormat };
  /** What the machine is like; disks, CDs and logs are this module's. */
  machine: Machine;
  access: Access;
  /** Where overlay, seed and serial log go; and the sockets. */
  dir: string;
  runtimeDir: string;
  timeoutMs: number;
  /** False: do not wait until somebody can log in. */
  waitsForLogin?: boolean;
}

export interface Throwaway {
  spec: ThrowawaySpec;
  machine: Machine;
  vm: Vm;
  guard: Guard;
  /** Undefined when nobody can log in. */
  guest: Guest | undefined;
}

/** Makes the overlay and the seed, starts the machine and logs in. The image itself is opened read-only. */
export async function startThrowaway(scope: Scope, driver: Driver, spec: ThrowawaySpec): Promise<Throwaway> {
  await scope.hold({ kind: 'dir', path: spec.dir }, () => mkdir(spec.dir, { recursive: true, mode: 0o700 }));
  const machine = await prepareMachine(spec, scope.signal);
  return bootThrowaway(scope, driver, spec, machine);
}

/** Boots (again) what `startThrowaway` prepared. */
export async function bootThrowaway(
  scope: Scope,
  driver: Driver,
  spec: ThrowawaySpec,
  machine: Machine,
): Promise<Throwaway> {
  try {
    return await bootOnce(scope, driver, spec, machine);
  } catch (error) {
    if (!isTranslatorCrash(error)) throw error;
    scope.emit({
      type: 'warning',
      message: `QEMU's emulator crashed while ${spec.name} booted; it is booted once more.`,
      hint: 'A known fault of QEMU 10.0 with several processors. The image has no part in it.',
    });
    return bootOnce(scope, driver, { ...spec, runtimeDir: `${spec.runtimeDir}-again` }, machine);
  }
}

/**
 * QEMU 10.0's multi-threaded TCG fails this assertion once in some fifty boots. To be removed when no QEMU that is
 * supported does it.
 */
const isTranslatorCrash = (error: unknown): boolean =>
  error instanceof GoldsmithError &&
  error.code === 'qemu-failed' &&
  (error.details.lastLines ?? []).some(line => line.includes('iotlb_to_section'));

async function bootOnce(scope: Scope, driver: Driver, spec: ThrowawaySpec, machine: Machine): Promise<Throwaway> {
  const vm = await driver.start(scope, machine, spec.runtimeDir);
  const guard = new Guard(scope.signal);
  guard.watch(vm);
  const done = new AbortController();
  void vm.exited.then(() => done.abort());
  const prompt = new Promise<void>(resolve => {
    void tailFile(machine.serialLog, done.signal, line => {
      if (LOGIN_PROMPT.test(line)) resolve();
    });
  });
  const guest = await guard.during(login(scope, vm, spec, prompt));
  return { spec, machine, vm, guard, guest };
}

async function prepareMachine(spec: ThrowawaySpec, signal: AbortSignal): Promise<Machine> {
  const overlay = path.join(spec.dir, 'disk.qcow2');
  await createOverlay(overlay, spec.image.path, spec.image.format, { signal });
  const [first] = spec.machine.disks;
  const disk = { ...DISK, ...(first ? { interface: first.interface } : {}), path: overlay };
  const seed = path.join(spec.dir, 'seed.iso');
  const hasSeed = spec.access.kind === 'seed';
  if (spec.access.kind === 'seed') {
    await makeNoCloudSeed(
      seed,
      { metaData: metaData(spec.name), userData: spec.access.userData ?? userData(spec.access.user, spec.access.key) },
      { signal },
    );
  }
  return {
    ...spec.machine,
    name: spec.name,
    disks: [disk],
    cdroms: hasSeed ? [{ id: SEED_LABEL, path: seed, interface: 'ide' }] : [],
    floppies: [],
    boot: { kind: 'firmware' },
    serialLog: path.join(spec.dir, 'serial.log'),
  };
}

/** Nothing on it is ever wanted after a crash of the host, so flushing is left out. */
const DISK = {
  id: 'disk0',
  path: '',
  format: 'qcow2',
  interface: 'virtio',
  cache: 'unsafe',
  discard: 'unmap',
  detectZeroes: 'off',
} as const;

const metaData = (name: string): string => stringify({ 'instance-id': `goldsmith-${name}`, 'local-hostname': name });

/** Cloud-config with one user, or root, who is let in with one key (cloudinit.readthedocs.io, modules). */
export function userData(user: string, key: KeyPair): string {
  const keys = [key.publicLine];
  const person =
    user === 'root'
      ? { name: 'root', ssh_authorized_keys: keys }
      : { name: user, ssh_authorized_keys: keys, sudo: 'ALL=(ALL) NOPASSWD:ALL', shell: '/bin/sh', lock_passwd: true };
  const config = {
    disable_root: user !== 'root',
    ssh_pwauth: false,
    ssh_authorized_keys: keys,
    users: ['default', person],
  };
  // A key must stay on one line: not every reader of seeds folds lines as YAML does.
  return `#cloud-config\n${stringify(config, { lineWidth: 0 })}`;
}

async function login(scope: Scope, vm: Vm, spec: ThrowawaySpec, signOfLife: Promise<void>): Promise<Guest | undefined> {
  if (spec.waitsForLogin === false) return undefined;
  const address = vm.forward(22);
  if (spec.access.kind === 'none' || !address) {
    await within(spec.timeoutMs, 'Booting to a login prompt', signOfLife);
    return undefined;
  }
  const { user } = spec.access;
  const secret = spec.access.kind === 'seed' ? { privateKey: spec.access.key.privateKey } : ownSecret(spec.access);
  return connectGuest(scope, {
    ...address,
    user,
    ...secret,
    hostKey: 'trust-first',
    timeoutMs: spec.timeoutMs,
    exited: vm.exited,
    signOfLife,
  });
}

const ownSecret = ({ password, privateKey }: { password?: string; privateKey?: string }) => ({
  ...(password === undefined ? {} : { password }),
  ...(privateKey === undefined ? {} : { privateKey }),
});
