import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import { bootTwice } from '../build/emulator-crash.ts';
import { Guard, within } from '../build/guard.ts';
import type { Scope } from '../build/scope.ts';
import { tailFile } from '../build/tail.ts';
import type { Driver, Vm } from '../drivers/driver.ts';
import type { Guest } from '../guest/guest.ts';
import type { KeyPair } from '../guest/keys.ts';
import { connectGuest } from '../guest/ssh.ts';
import { createOverlay } from '../media/qemu-img.ts';
import { makeNoCloudSeed } from '../media/seed.ts';
import type { Arch, Cdrom, Firmware, ImageFormat, Machine, Nic } from '../model/machine.ts';

/** A login prompt on the serial console: the guest is up, and sshd close behind. */
const LOGIN_PROMPT = /\blogin: *$/;
/** Boards of other architectures have no place for an IDE drive. */
const HAS_IDE: ReadonlySet<Arch> = new Set(['x86_64', 'i386']);

/** How somebody gets into the throwaway machine. */
export type Access =
  /** A NoCloud seed puts this key in for this user. */
  | { kind: 'seed'; user: string; key: KeyPair; userData?: string }
  /** What the image itself lets in. */
  | { kind: 'own'; user: string; password?: string; privateKey?: string; agent?: string }
  | { kind: 'none' };

export interface ThrowawaySpec {
  /** Name of the VM, its files and its host. */
  name: string;
  /** The disk to boot from; it is never written to. */
  image: { path: string; format: ImageFormat };
  /** What the machine is like; disks, CDs and logs are this module's. */
  machine: Machine;
  access: Access;
  /** What a UEFI machine's variables start as; undefined: as `machine` has them. */
  efiVarsTemplate?: string;
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
  return bootTwice(scope, spec.name, attempt =>
    bootOnce(scope, driver, attempt === 1 ? spec : { ...spec, runtimeDir: `${spec.runtimeDir}-again` }, machine),
  );
}

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
    nics: spec.machine.nics.map(apart),
    firmware: await ownFirmware(spec),
    disks: [disk],
    cdroms: hasSeed ? [seedCd(spec.machine.arch, seed)] : [],
    floppies: [],
    boot: { kind: 'firmware' },
    serialLog: path.join(spec.dir, 'serial.log'),
  };
}

/** The seed where a machine of this architecture finds it. */
export const seedCd = (arch: Arch, path: string): Cdrom => ({
  id: 'seed',
  path,
  interface: HAS_IDE.has(arch) ? 'ide' : 'virtio',
});

/** Not on the recipe's bridge: there clones would share one address, and of a new one nobody on this host would know. */
const apart = (nic: Nic): Nic => {
  const { id, model, forwards } = nic;
  return nic.kind === 'bridge' ? { id, model, forwards, kind: 'user' } : nic;
};

/** Each machine has UEFI variables of its own: two that wrote to one file would be told apart by nothing else. */
async function ownFirmware({ machine: { firmware }, efiVarsTemplate, dir }: ThrowawaySpec): Promise<Firmware> {
  if (firmware.kind !== 'efi') return firmware;
  const vars = path.join(dir, 'efivars.fd');
  await copyFile(efiVarsTemplate ?? firmware.vars, vars);
  return { ...firmware, vars };
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

type OwnSecret = { password?: string; privateKey?: string; agent?: string };

const ownSecret = ({ password, privateKey, agent }: OwnSecret): OwnSecret => ({
  ...(password === undefined ? {} : { password }),
  ...(privateKey === undefined ? {} : { privateKey }),
  ...(agent === undefined ? {} : { agent }),
});
