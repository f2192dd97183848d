import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Guard } from '../../core/build/guard.ts';
import { Observer } from '../../core/build/observer.ts';
import type { Vm } from '../../core/drivers/driver.ts';
import { TestScope } from '../guest/scope.ts';

let dir: string;
let scope: TestScope;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-observer-'));
  writeFileSync(path.join(dir, 'serial.log'), '');
  scope = new TestScope();
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
});
afterEach(() => {
  scope.cancel();
  vi.useRealTimers();
  rmSync(dir, { recursive: true });
});

/** A machine that shows nothing, writes nothing and never ends. */
const machine = {
  exited: new Promise(() => {}),
  screenText: async () => [],
  writtenBytes: async () => 0,
} as unknown as Vm;

interface Seen {
  statuses?: number[];
  isInstalled?: boolean;
  /** Packages that were not given or not taken, and the lines of the installer's log after them. */
  troubles?: string[];
  lines?: string[];
}

/** What stops the build within `seconds` of what was seen; undefined when nothing does. */
async function stopAfter(seconds: number, seen: Seen): Promise<string | undefined> {
  const { statuses = [], isInstalled = false, troubles = [], lines = [] } = seen;
  const guard = new Guard(scope.signal);
  const observer = new Observer(scope, guard, 'debian', { answersMs: 60_000 });
  observer.attach(machine, path.join(dir, 'serial.log'), { readsInstaller: true });
  vi.advanceTimersByTime(2000);
  for (const status of statuses) observer.answered({ method: 'GET', path: '/preseed.cfg', status });
  for (const text of troubles) observer.packageTrouble(text);
  for (const line of lines) observer.installerLine(line);
  if (isInstalled) observer.installed();
  vi.advanceTimersByTime(seconds * 1000);
  const later = new Promise<undefined>(resolve => setImmediate(() => resolve(undefined)));
  return guard.during(later).catch((error: Error) => error.message);
}

it('stops an installer that never asks for its answers, not one that got them', async () => {
  expect(await stopAfter(61, {})).toContain('has not fetched its answers');
  expect(await stopAfter(3600, { statuses: [200] })).toBeUndefined();
  expect(await stopAfter(3600, { isInstalled: true })).toBeUndefined();
});

it('says which answer is missing, but lets an installer look for more than there is', async () => {
  expect(await stopAfter(10, { statuses: [404] })).toBe('The installer asked for /preseed.cfg and got HTTP 404.');
  expect(await stopAfter(3600, { statuses: [200, 404] })).toBeUndefined();
});

it('names the package that an installation ended for, which debootstrap does not log', async () => {
  const failed = {
    statuses: [200],
    lines: ['base-installer: error: exiting on error base-installer/debootstrap-failed'],
  };
  const sudo = 'http://mirror.example/debian/pool/main/s/sudo/sudo_1.9.16p2-3_amd64.deb';
  expect(await stopAfter(10, { ...failed, troubles: [`${sudo} 404`] })).toBe(
    'The base system could not be installed (debootstrap-failed). The mirror answered HTTP 404 for the package sudo.',
  );
  expect(await stopAfter(10, { ...failed, troubles: [`${sudo} asked for again`] })).toContain(
    'The package sudo has the wrong checksum',
  );
  expect(await stopAfter(3600, { statuses: [200], troubles: [`${sudo} 404`] })).toBeUndefined();
});
