import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { within } from '../build/guard.ts';
import type { Scope } from '../build/scope.ts';
import type { Driver } from '../drivers/driver.ts';
import type { Guest } from '../guest/guest.ts';
import { knownHostName } from '../guest/route/known-hosts.ts';
import { GoldsmithError } from '../model/failure.ts';
import type { LabBootTest, LabTest } from '../model/lab.ts';
import type { ImageFormat, Machine } from '../model/machine.ts';
import { type Identity, readIdentity, requireDifferent, requireSame } from './identity.ts';
import { type HostTestContext, runTest } from './run-test.ts';
import { type Access, bootThrowaway, startThrowaway, type Throwaway } from './throwaway.ts';

const POWER_OFF_TIMEOUT_MS = 120_000;

export interface BootTestSpec {
  image: { path: string; format: ImageFormat };
  machine: Machine;
  /** Its processors once the other clones are done, or nearly so. */
  cpusAlone: Machine['cpus'];
  access: Access;
  /** What the variables of UEFI machines start as. */
  efiVarsTemplate?: string;
  tests: LabTest[];
  rules: LabBootTest;
  /** Working folder of this test, and the folder for its sockets. */
  dir: string;
  runtimeDir: string;
  labRoot: string;
}

export interface TestRecord {
  name: string;
  ok: boolean;
  ms: number;
  reason?: string;
}

/**
 * Proves a candidate: boots clones of it on throwaway overlays, tells them apart, runs the tests in the first one,
 * powers one off cleanly and boots it again: the second, beside the tests, where there are two.
 * @throws GoldsmithError `tests-failed` with the names of what failed; what a machine that does not come up throws
 */
export async function bootTest(scope: Scope, driver: Driver, spec: BootTestSpec): Promise<TestRecord[]> {
  const records: TestRecord[] = [];
  const clones = await recorded(scope, records, 'boots', () => startClones(scope, driver, spec));
  const [first, second, ...others] = clones;
  if (!first) return records;
  const identities = await recorded(scope, records, 'clones differ', () => compareClones(clones));
  await Promise.all(others.map(clone => discard(clone)));
  const test = async (): Promise<string[]> => (first.guest ? runTests(scope, records, first, first.guest, spec) : []);
  const reboot = (clone: Throwaway, identity: Identity | undefined): Promise<void> =>
    powerCycle(scope, driver, records, clone, identity, spec);
  if (second) {
    const [failed] = await Promise.all([test(), reboot(second, identities[1])]);
    await discard(first);
    if (failed.length > 0) throw testsFailed(failed);
    return records;
  }
  const failed = await test();
  if (failed.length > 0) throw testsFailed(failed);
  await reboot(first, identities[0]);
  return records;
}

/** Clones start together: each boots mostly on one processor, so two cost little more than one. */
function startClones(scope: Scope, driver: Driver, spec: BootTestSpec): Promise<Throwaway[]> {
  const names = Array.from({ length: spec.rules.clones }, (_, nth) => `clone-${nth + 1}`);
  return Promise.all(
    names.map(name =>
      startThrowaway(scope, driver, {
        name,
        image: spec.image,
        machine: spec.machine,
        access: spec.access,
        ...(spec.efiVarsTemplate === undefined ? {} : { efiVarsTemplate: spec.efiVarsTemplate }),
        dir: path.join(spec.dir, name),
        runtimeDir: path.join(spec.runtimeDir, name),
        timeoutMs: spec.rules.timeoutMs,
      }),
    ),
  );
}

async function compareClones(clones: Throwaway[]): Promise<Identity[]> {
  const guests = clones.flatMap(clone => (clone.guest ? [clone.guest] : []));
  const identities = await Promise.all(guests.map(readIdentity));
  requireDifferent(identities);
  return identities;
}

async function runTests(
  scope: Scope,
  records: TestRecord[],
  clone: Throwaway,
  guest: Guest,
  spec: BootTestSpec,
): Promise<string[]> {
  await clone.guard.during(settleCloudInit(guest, spec.rules.timeoutMs));
  const host = await hostContext(guest, spec);
  const failed: string[] = [];
  for (const test of spec.tests) {
    const startedAt = performance.now();
    const verdict = await clone.guard.during(runTest(scope, guest, test, host));
    const ms = Math.round(performance.now() - startedAt);
    records.push({ name: test.name, ok: verdict.ok, ms, ...(verdict.ok ? {} : { reason: verdict.reason ?? '' }) });
    if (!verdict.ok) failed.push(test.name);
  }
  return failed;
}

/**
 * Tests look at the machine as cloud-init leaves it, not at one that is still being set up. Asked again and again, as
 * `--wait` never ends for a person without rights where the guest has no D-Bus (cloud-init 25.1).
 */
async function settleCloudInit(guest: Guest, timeoutMs: number): Promise<void> {
  const isBusy = "cloud-init status 2>/dev/null | grep -qE '^status: (running|not run|not started)'";
  await guest.exec(`command -v cloud-init >/dev/null || exit 0; while ${isBusy}; do sleep 1; done; true`, {
    timeoutMs,
  });
}

async function hostContext(guest: Guest, spec: BootTestSpec): Promise<HostTestContext> {
  const keyFile = path.join(spec.dir, 'clone-1', 'key');
  const knownHostsFile = path.join(spec.dir, 'clone-1', 'known_hosts');
  const { host, port, hostKeys, privateKey } = guest.address;
  await writeFile(keyFile, privateKey ?? '', { mode: 0o600 });
  await writeFile(knownHostsFile, hostKeys.map(key => `${knownHostName(host, port)} ${key}\n`).join(''));
  return { keyFile, knownHostsFile, cwd: spec.labRoot };
}

/** Off by its power button, on again, and still the same machine. */
async function powerCycle(
  scope: Scope,
  driver: Driver,
  records: TestRecord[],
  clone: Throwaway,
  identity: Identity | undefined,
  spec: BootTestSpec,
): Promise<void> {
  if (clone.guest) await clone.guard.during(settleCloudInit(clone.guest, spec.rules.timeoutMs));
  await recorded(scope, records, 'powers off cleanly', () => powerOff(clone));
  const machine = { ...clone.machine, cpus: spec.cpusAlone };
  for (let boot = 2; boot <= spec.rules.boots; boot++) {
    const again = await recorded(scope, records, `boots again (${boot})`, () =>
      bootThrowaway(scope, driver, clone.spec, machine),
    );
    if (again.guest && identity) {
      const { guest } = again;
      await recorded(scope, records, 'keeps its identity', async () =>
        requireSame(identity, await readIdentity(guest)),
      );
    }
    await discard(again);
  }
}

/** The power button, as a hypervisor or a cloud presses it: the guest has to shut itself down. */
async function powerOff({ vm, guest }: Throwaway): Promise<void> {
  await guest?.close();
  await vm.powerButton();
  const exit = await within(POWER_OFF_TIMEOUT_MS, 'Powering off', vm.exited).catch(() => undefined);
  if (exit?.isExpected) return;
  await vm.destroy();
  throw new GoldsmithError('tests-failed', 'The machine did not power off when its power button was pressed.', {
    hint: 'It needs systemd-logind, acpid or the like to listen to the button.',
  });
}

async function discard({ vm, guest }: Throwaway): Promise<void> {
  await guest?.close();
  await vm.destroy();
}

/** Runs one built-in check as a test like the lab's own: told, timed and recorded. */
async function recorded<T>(scope: Scope, records: TestRecord[], name: string, check: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const elapsed = (): number => Math.round(performance.now() - startedAt);
  try {
    const value = await check();
    records.push({ name, ok: true, ms: elapsed() });
    scope.emit({ type: 'test', name, ok: true, ms: elapsed() });
    return value;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    records.push({ name, ok: false, ms: elapsed(), reason });
    scope.emit({ type: 'test', name, ok: false, ms: elapsed(), reason });
    throw error;
  }
}

const testsFailed = (names: string[]): GoldsmithError =>
  new GoldsmithError(
    'tests-failed',
    `${names.length === 1 ? 'A test' : `${names.length} tests`} failed: ${names.join(', ')}.`,
    {
      hint: 'The candidate is kept; its tests can be looked at with `goldsmith show`.',
    },
  );
