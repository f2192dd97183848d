import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseBootCommand } from '../../core/boot/command.ts';
import { release } from '../../core/build/release.ts';
import type { Vm, VmEvent } from '../../core/drivers/driver.ts';
import { chooseFirmware } from '../../core/host/choose.ts';
import { lookAtFirmware } from '../../core/host/firmware.ts';
import type { Disk, Machine } from '../../core/model/machine.ts';
import { makeGrubIso } from '../boot/text-machine.ts';
import { runsAll, runsTogether } from '../extent.ts';
import { TestScope } from '../guest/scope.ts';
import { PATIENCE, SLOW } from '../patience.ts';
import { until } from '../real/goldsmith.ts';
import { machineOf, SUBJECTS, type Subject } from './machines.ts';

/** With GRUB's environment block on it, which its `save_env` rewrites in place (GNU GRUB manual, "Environment block"). */
function makeEnvironmentDisk(file: string): Disk {
  const folder = `${file}.root`;
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'env'), '# GRUB Environment Block\n'.padEnd(1024, '#'));
  execFileSync('mke2fs', ['-q', '-t', 'ext2', '-d', folder, file, '4M']);
  return {
    id: 'disk0',
    path: file,
    format: 'raw',
    interface: 'virtio',
    cache: 'unsafe',
    discard: 'unmap',
    detectZeroes: 'off',
  };
}

/** What every driver promises (core/drivers/driver.ts), asked of a real machine with a real boot loader. */

const CONFIG = 'serial --unit=0\nterminal_output console serial\nterminal_input console serial\n';

const dir = mkdtempSync(path.join(tmpdir(), 'gct-'));
let iso = '';
let efiIso = '';
beforeAll(async () => {
  iso = await makeGrubIso(dir, CONFIG);
  efiIso = await makeGrubIso(path.join(dir, 'efi'), 'lsacpi\n', {}, 'x86_64-efi'); // the firmware shows its screen on the serial port, too
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/**
 * The other doors to a libvirt. Behind them it is the same one: what goes through the door (streams, descriptors,
 * volumes, the end of a machine) is tried together with the rest, and everything by `npm run test:all`.
 */
const DOORS: readonly string[] = ['libvirt (system)', 'libvirt (ssh)', 'libvirt (tcp)', 'libvirt (tls)'];
/** Where files and screens come over a line: what is true of it is true of the system's door, too. */
const REMOTE = 'libvirt (ssh)';
const DRIVERS = Object.entries(SUBJECTS).filter(([name]) => runsTogether || !DOORS.includes(name));

describe.each(DRIVERS)('the driver %s', (name, begin) => {
  const isWhole = runsAll || !DOORS.includes(name);
  const isWholeOrRemote = isWhole || name === REMOTE;
  let subject: Subject;
  let scope: TestScope;
  let vm: Vm | undefined;
  let count = 0;

  beforeAll(async () => {
    subject = await begin();
  }, SLOW);
  afterAll(() => subject?.stop());
  afterEach(async () => {
    await vm?.destroy();
    vm = undefined;
    for (const resource of scope.held.toReversed()) await release(resource);
    expect(existsSync(runtimeDir())).toBe(false);
  });

  const runtimeDir = (): string => path.join(dir, `${name}-${count}`);
  const start = async (changes: Partial<Machine> = {}): Promise<{ vm: Vm; events: VmEvent[]; machine: Machine }> => {
    scope = new TestScope();
    count++;
    const machine = { ...machineOf(iso, path.join(dir, `${name}-${count}.log`)), ...changes };
    const started = await subject.driver.start(scope, machine, runtimeDir());
    vm = started;
    const events: VmEvent[] = [];
    started.onEvent(event => events.push(event));
    return { vm: started, events, machine };
  };
  const type = (machine: Vm, text: string): Promise<void> =>
    // GRUB asks the keyboard, which keeps few keys: on a busy host faster typing loses some.
    machine.typeKeys(parseBootCommand(text), { keyIntervalMs: 60, signal: AbortSignal.timeout(SLOW) });
  const prompted = async (changes: Partial<Machine> = {}) => {
    const started = await start(changes);
    await started.vm.typeKeys([{ kind: 'wait-for-text', text: 'grub>', timeoutMs: PATIENCE }], {
      keyIntervalMs: 20,
      signal: AbortSignal.timeout(SLOW),
    });
    return started;
  };

  it.runIf(isWholeOrRemote)(
    'shows the screen as text and as a picture, and types what is read there',
    { timeout: SLOW },
    async () => {
      const { vm: machine } = await prompted();
      await type(machine, 'echo Is_4<wait200ms>-"x"<enter>');
      await machine.typeKeys([{ kind: 'wait-for-text', text: 'Is_4-x', timeoutMs: PATIENCE }], {
        keyIntervalMs: 20,
        signal: AbortSignal.timeout(SLOW),
      });
      expect((await machine.screenText())?.join('\n')).toContain('echo Is_4-"x"');
      expect((await machine.screenshot()).subarray(1, 4).toString()).toBe('PNG');
      const typing = machine.typeKeys([{ kind: 'wait-for-text', text: 'never there', timeoutMs: 500 }], {
        keyIntervalMs: 20,
        signal: AbortSignal.timeout(SLOW),
      });
      await expect(typing).rejects.toMatchObject({ code: 'timed-out' });
    },
  );

  it('gives the serial port to people and keeps what it said', { timeout: SLOW }, async () => {
    const { vm: machine, machine: plan } = await prompted();
    expect(await until(() => readFileSync(plan.serialLog, 'utf8').includes('grub>'), PATIENCE)).toBe(true);
    const serial = connect(machine.serialSocket);
    await once(serial, 'connect');
    // What is typed comes back letter by letter among the cursor's movements; what is said, in one piece.
    const isSaid = (text: string): boolean => text.includes('\n\rby-serial');
    let said = '';
    serial.on('data', chunk => {
      said += chunk;
    });
    for (const character of 'echo by-serial\r') {
      serial.write(character);
      await sleep(20);
    }
    expect(await until(() => isSaid(said), PATIENCE)).toBe(true);
    serial.destroy();
    expect(await until(() => isSaid(readFileSync(plan.serialLog, 'utf8')), PATIENCE)).toBe(true);
  });

  it('speaks RFB at its socket, and forwards ports of the loopback address alone', { timeout: SLOW }, async () => {
    const { vm: machine } = await start();
    const vnc = connect(machine.vncSocket);
    const greeting = await Promise.race([once(vnc, 'data').then(String), once(vnc, 'close').then(() => 'nobody')]);
    vnc.destroy();
    expect(greeting).toMatch(subject.hasNoScreen ? /^nobody$/ : /^RFB 003\./);
    const forward = machine.forward(22);
    expect(forward?.host).toBe('127.0.0.1');
    expect(forward?.port).toBeGreaterThan(0);
    expect(machine.forward(23)).toBeUndefined();
  });

  it.runIf(isWhole)('tells of pausing, going on and a reset of the guest', { timeout: SLOW }, async () => {
    const { vm: machine, events } = await prompted();
    await machine.pause();
    expect(await until(() => events.some(({ type }) => type === 'paused'), PATIENCE)).toBe(true);
    await machine.resume();
    expect(await until(() => events.some(({ type }) => type === 'resumed'), PATIENCE)).toBe(true);
    expect(events.some(({ type }) => type === 'reset')).toBe(false);
    await type(machine, 'reboot<enter>');
    expect(await until(() => events.some(({ type }) => type === 'reset'), PATIENCE)).toBe(true);
  });

  it.runIf(isWhole)('resets a machine on request', { timeout: SLOW }, async () => {
    const { vm: machine, machine: plan } = await prompted();
    const before = readFileSync(plan.serialLog, 'utf8').length;
    await machine.reset();
    const isUpAgain = (): boolean => readFileSync(plan.serialLog, 'utf8').slice(before).includes('grub>');
    expect(await until(isUpAgain, PATIENCE)).toBe(true);
  });

  it('knows that the guest switched itself off', { timeout: SLOW }, async () => {
    const { vm: machine, events } = await prompted();
    // The machine may be gone before the key is let go.
    await type(machine, 'halt<enter>').catch(() => {});
    expect(await machine.exited).toMatchObject({ isExpected: true });
    expect(events).toContainEqual({ type: 'powered-off' });
  });

  it('ends a machine at once, also twice', { timeout: SLOW }, async () => {
    const { vm: machine } = await start();
    await Promise.all([machine.destroy(), machine.destroy()]);
    expect(await machine.exited).toMatchObject({ isExpected: true });
    await machine.destroy();
  });

  it('says at once when the hypervisor died, with its last words', { timeout: SLOW }, async () => {
    const { vm: machine } = await start();
    const pid = machine.pid ?? subject.pid?.() ?? 0;
    expect(pid).toBeGreaterThan(1);
    process.kill(pid, 'SIGKILL');
    const startedAt = performance.now();
    expect(await machine.exited).toMatchObject({ isExpected: false });
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  it.runIf(isWholeOrRemote)(
    'takes a CD out, and counts what the guest writes to its disk',
    { timeout: SLOW },
    async () => {
      const { vm: machine } = await prompted({ disks: [makeEnvironmentDisk(path.join(dir, `${name}.raw`))] });
      expect(await machine.writtenBytes()).toBe(0);
      await type(machine, 'save_env -f (hd0)/env root<enter>');
      await expect.poll(() => machine.writtenBytes(), { timeout: PATIENCE }).toBeGreaterThan(0);
      await machine.eject('cd0');
      await type(machine, 'ls (cd0)/<enter>');
      await machine.typeKeys([{ kind: 'wait-for-text', text: 'error', timeoutMs: PATIENCE }], {
        keyIntervalMs: 20,
        signal: AbortSignal.timeout(SLOW),
      });
    },
  );

  /** Variables are a machine's own; the firmware is what this host has. */
  const startEfi = async (secureBoot: boolean) => {
    const { code, varsTemplate } = chooseFirmware(
      { firmware: lookAtFirmware() },
      { arch: 'x86_64', machineType: 'pc-q35-0', secureBoot },
    );
    const vars = path.join(dir, `${name}-${count}.vars`);
    copyFileSync(varsTemplate, vars);
    return start({
      memoryMiB: 256,
      cdroms: [{ id: 'cd0', path: efiIso, interface: 'ide' }],
      firmware: { kind: 'efi', code, vars, secureBoot },
      tpm: { device: 'tpm-crb', version: '2.0' },
    });
  };
  const saidOnSerial = (machine: Machine, text: RegExp): Promise<boolean> =>
    until(() => existsSync(machine.serialLog) && text.test(readFileSync(machine.serialLog, 'utf8')), SLOW);

  // One of libvirt's: the remote one has to bring the variables there, too.
  it.runIf(runsAll || name === 'qemu' || name === REMOTE)('boots UEFI, with a TPM', { timeout: SLOW }, async () => {
    const { machine } = await startEfi(false);
    expect(await saidOnSerial(machine, /grub>/)).toBe(true);
    expect(readFileSync(machine.serialLog, 'utf8')).toMatch(/\bTPM2\b/); // the firmware's table of it
  });

  it.runIf(runsTogether && isWhole)('refuses with Secure Boot what nobody has signed', { timeout: SLOW }, async () => {
    const { machine } = await startEfi(true);
    expect(await saidOnSerial(machine, /Access Denied|Security Violation/)).toBe(true);
    expect(readFileSync(machine.serialLog, 'utf8')).not.toContain('grub>');
  });

  it('says what is missing before it starts', async () => {
    scope = new TestScope();
    const machine = machineOf('/nowhere/x.iso', '/nowhere/serial.log');
    expect(await subject.driver.check(machine)).toEqual([
      expect.objectContaining({ code: 'not-found', severity: 'error' }),
    ]);
  });
});
