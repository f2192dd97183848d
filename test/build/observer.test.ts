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

/** What stops the build within `seconds` of these requests; undefined when nothing does. */
async function stopAfter(statuses: number[], seconds: number, isInstalled = false): Promise<string | undefined> {
  const guard = new Guard(scope.signal);
  const observer = new Observer(scope, guard, 'debian', { answersMs: 60_000 });
  observer.attach(machine, path.join(dir, 'serial.log'), { readsInstaller: true });
  vi.advanceTimersByTime(2000);
  for (const status of statuses) observer.answered({ method: 'GET', path: '/preseed.cfg', status });
  if (isInstalled) observer.installed();
  vi.advanceTimersByTime(seconds * 1000);
  const later = new Promise<undefined>(resolve => setImmediate(() => resolve(undefined)));
  return guard.during(later).catch((error: Error) => error.message);
}

it('stops an installer that never asks for its answers, not one that got them', async () => {
  expect(await stopAfter([], 61)).toContain('has not fetched its answers');
  expect(await stopAfter([200], 3600)).toBeUndefined();
  expect(await stopAfter([], 3600, true)).toBeUndefined();
});

it('says which answer is missing, but lets an installer look for more than there is', async () => {
  expect(await stopAfter([404], 10)).toBe('The installer asked for /preseed.cfg and got HTTP 404.');
  expect(await stopAfter([200, 404], 3600)).toBeUndefined();
});
