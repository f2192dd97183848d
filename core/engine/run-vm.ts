import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildFiles } from '../build/context.ts';
import { Journal } from '../build/journal.ts';
import { execute, type Run } from '../build/run.ts';
import type { Driver } from '../drivers/driver.ts';
import { makeKeyPair } from '../guest/keys.ts';
import { knownHostName } from '../guest/route/known-hosts.ts';
import type { Watch } from '../model/engine.ts';
import type { ReleaseInfo } from '../model/image.ts';
import type { LabImage } from '../model/lab.ts';
import { Redactor } from '../model/redact.ts';
import type { Forward, RunVmOptions, VmInfo } from '../model/vm.ts';
import { findLab, readLab } from '../recipe/lab.ts';
import { startThrowaway, type Throwaway } from '../verify/throwaway.ts';
import type { EngineDeps } from './deps.ts';
import { openDriver, requireKeepable } from './drivers.ts';
import { livingPid } from './folders.ts';
import { releaseMachine } from './release-machine.ts';
import { DEFAULT_USER, vmInfo } from './vms.ts';

const START_TIMEOUT_MS = 10 * 60_000;
const GONE_POLL_MS = 500;

/** Machines this process started and still looks after. */
const running = new Map<string, { done: Promise<void>; stop: AbortController }>();

/** Starts a machine on a throwaway overlay of a release; returns when it runs (and, unless told not to, answers). */
export async function runVm(deps: EngineDeps, ref: string, options: RunVmOptions, watch: Watch): Promise<VmInfo> {
  const store = await deps.store();
  const release = await store.resolve(ref);
  const lab = await labImage(deps, release.image);
  if (options.keep) requireKeepable(options.driver, lab);
  const id = deps.vms.newId(release.image, new Date());
  const dir = deps.vms.dir(id);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const lock = await deps.vms.lock(id);
  const journal = new Journal(buildFiles(dir).journal, new Redactor());
  journal.subscribe(event => watch.onEvent(event));
  journal.append({ type: 'started', build: id, image: release.image, version: release.version, pid: process.pid });
  const driver = await openDriver(options.driver, lab, { owner: { kind: 'run', id }, diesWithUs: !options.keep });
  const stop = new AbortController();
  const signal = AbortSignal.any([watch.signal, stop.signal]);
  const started = deferred();
  const done = execute(journal, options.keep ? watch.signal : signal, async run => {
    const machine = await start(run, deps, driver, release, id, options);
    started.resolve();
    if (options.keep) run.keepAll();
    else await untilGone(machine, signal);
  })
    .catch(error => started.reject(error))
    .finally(async () => {
      await driver.close?.();
      journal.close();
      running.delete(id);
      await lock?.release();
    });
  running.set(id, { done, stop });
  await started.promise;
  return vmInfo(deps.vms, deps.vms.state(id), 'run');
}

async function start(
  run: Run,
  deps: EngineDeps,
  driver: Driver,
  release: ReleaseInfo,
  id: string,
  options: RunVmOptions,
): Promise<Throwaway> {
  const facts = await deps.facts(run);
  const { machine: tested } = await (await deps.store()).manifest(`${release.image}@${release.version}`);
  const dir = deps.vms.dir(id);
  const key = makeKeyPair(`goldsmith-${id}`);
  const user = await userOf(deps, release.image);
  const machine = releaseMachine(tested, facts, {
    name: id,
    serialLog: path.join(dir, 'serial.log'),
    forwards: [{ hostPort: 0, guestPort: 22 }, ...options.forwards],
    ...(options.cpus === undefined ? {} : { cpus: options.cpus }),
    ...(options.memoryMiB === undefined ? {} : { memoryMiB: options.memoryMiB }),
  });
  const userData = options.userData === undefined ? {} : { userData: await readFile(options.userData, 'utf8') };
  const work = path.join(dir, 'work');
  await run.hold({ kind: 'dir', path: work }, () => mkdir(work, { mode: 0o700 }));
  await (await deps.store()).addUse(release, { what: `the machine ${id}`, dir: work }); // ends with the folder
  const throwaway = await startThrowaway(run, driver, {
    name: release.image,
    image: { path: release.path, format: release.format },
    machine,
    access: { kind: 'seed', user, key, ...userData },
    dir: work,
    runtimeDir: path.join(deps.home.runtime, id),
    timeoutMs: START_TIMEOUT_MS,
    waitsForLogin: options.waitForSsh && options.userData === undefined,
  });
  const ports = options.forwards.map(({ guestPort }) => guestPort);
  await tell(run, dir, throwaway, { user, privateKey: key.privateKey, isKept: options.keep, ports });
  if (options.keep) run.emit({ type: 'kept', pid: throwaway.vm.pid ?? 0, dir });
  return throwaway;
}

/** Whom the lab's own boot test logs in as; a guest without sudo or accounts may know only root. */
export const userOf = async (deps: EngineDeps, image: string): Promise<string> =>
  (await labImage(deps, image))?.bootTest.user ?? DEFAULT_USER;

/** What the lab here says of an image; undefined: nothing. */
async function labImage(deps: EngineDeps, image: string): Promise<LabImage | undefined> {
  const lab = await findLab(deps.cwd);
  return lab === undefined ? undefined : (await readLab(lab)).images.find(({ name }) => name === image);
}

interface Way {
  user: string;
  privateKey: string;
  isKept: boolean;
  /** Of the guest, beside that of SSH. */
  ports: number[];
}

async function tell(run: Run, dir: string, { vm, guest }: Throwaway, way: Way): Promise<void> {
  const { user, privateKey, isKept, ports } = way;
  const { key, knownHosts } = buildFiles(dir);
  await writeFile(key, privateKey, { mode: 0o600 });
  const reach = async (port: number) => (isKept && vm.lasting ? vm.lasting(port) : vm.forward(port));
  const address = await reach(22);
  const forwards: Forward[] = [];
  for (const guestPort of ports) {
    const found = await reach(guestPort);
    if (found) forwards.push({ ...found, guestPort });
  }
  const lines = (guest?.address.hostKeys ?? []).map(
    hostKey => `${knownHostName(address?.host ?? '', address?.port ?? 0)} ${hostKey}\n`,
  );
  await writeFile(knownHosts, lines.join(''), { mode: 0o600 });
  run.emit({
    type: 'machine',
    command: [],
    vnc: vm.vncSocket,
    serial: vm.serialSocket,
    ...(address ? { ssh: { ...address, user } } : {}),
    ...(forwards.length > 0 ? { forwards } : {}),
  });
}

async function untilGone({ vm }: Throwaway, signal: AbortSignal): Promise<void> {
  const stopped = new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }));
  await Promise.race([vm.exited, stopped]);
  await vm.destroy();
}

/** Settles when the machine is gone. With the abort of `signal`, one that was not kept is ended. */
export async function waitForVm(deps: EngineDeps, id: string, signal: AbortSignal): Promise<void> {
  const ours = running.get(id);
  if (ours) {
    signal.addEventListener('abort', () => ours.stop.abort(), { once: true });
    return ours.done;
  }
  while (!signal.aborted && (await livingPid(deps.vms.state(id))) !== undefined) await sleep(GONE_POLL_MS);
}

interface Deferred {
  promise: Promise<void>;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** Promise.withResolvers, which Node 20 does not have yet. */
function deferred(): Deferred {
  let settle: Pick<Deferred, 'resolve' | 'reject'> = { resolve: () => {}, reject: () => {} };
  const promise = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...settle };
}
