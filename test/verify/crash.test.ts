import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { QemuDriver } from '../../core/drivers/qemu/qemu.ts';
import type { Machine } from '../../core/model/machine.ts';
import { bootThrowaway, type ThrowawaySpec } from '../../core/verify/throwaway.ts';
import { TestScope } from '../guest/scope.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-crash-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const ASSERTION = 'ERROR:../../accel/tcg/cputlb.c: iotlb_to_section: assertion failed';

const machine: Machine = {
  name: 'clone-1',
  arch: 'x86_64',
  type: 'q35',
  accelerator: 'tcg',
  cpuModel: 'max',
  cpus: { count: 1 },
  memoryMiB: 64,
  firmware: { kind: 'bios' },
  disks: [],
  cdroms: [],
  floppies: [],
  nics: [],
  extraArgs: [],
  boot: { kind: 'firmware' },
  serialLog: path.join(dir, 'serial.log'),
};

/** A program in QEMU's place that says its last words, counts itself, and dies of SIGABRT. */
function dyingQemu(name: string, lastWords: string): { driver: QemuDriver; count: () => number } {
  const log = path.join(dir, `${name}.count`);
  const binary = path.join(dir, name);
  writeFileSync(log, '');
  writeFileSync(binary, `#!/bin/sh\necho x >> ${log}\necho '${lastWords}' >&2\nkill -ABRT $$\n`, { mode: 0o755 });
  return {
    driver: new QemuDriver({ binary, diesWithUs: true }),
    count: () => readFileSync(log, 'utf8').length / 2,
  };
}

const spec = (name: string): ThrowawaySpec => ({
  name: 'clone-1',
  image: { path: '/nonexistent', format: 'qcow2' },
  machine,
  access: { kind: 'none' },
  dir,
  runtimeDir: path.join(dir, `run-${name}`),
  timeoutMs: 5000,
});

describe('a crash of the emulator itself', () => {
  it('costs one more boot, and is told', async () => {
    const scope = new TestScope();
    const { driver, count } = dyingQemu('known', ASSERTION);
    await expect(bootThrowaway(scope, driver, spec('known'), machine)).rejects.toMatchObject({ code: 'qemu-failed' });
    expect(count()).toBe(2);
    expect(scope.events).toContainEqual(expect.objectContaining({ type: 'warning' }));
  });

  it('of any other kind is a failure at once', async () => {
    const { driver, count } = dyingQemu('other', 'qemu: could not open disk');
    const boot = bootThrowaway(new TestScope(), driver, spec('other'), machine);
    await expect(boot).rejects.toMatchObject({ code: 'qemu-failed' });
    expect(count()).toBe(1);
  });
});
