import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseBootCommand } from '../../core/boot/command.ts';
import { release } from '../../core/build/release.ts';
import type { MomentFiles, Vm } from '../../core/drivers/driver.ts';
import { LibvirtDriver } from '../../core/drivers/libvirt/libvirt.ts';
import { chooseFirmware } from '../../core/host/choose.ts';
import { lookAtFirmware } from '../../core/host/firmware.ts';
import { createImage, createOverlay } from '../../core/media/qemu-img.ts';
import type { Disk, Machine } from '../../core/model/machine.ts';
import { makeGrubIso } from '../boot/text-machine.ts';
import { runsAll, runsTogether } from '../extent.ts';
import { TestScope } from '../guest/scope.ts';
import { PATIENCE, SLOW } from '../patience.ts';
import { processesWith, until } from '../real/goldsmith.ts';
import { machineOf, SUBJECTS, type Subject } from './machines.ts';

/** What every driver promises that can save moments (core/drivers/driver.ts), asked of a real machine. */

const MIB = 1024 * 1024;
const CONFIG = 'serial --unit=0\nterminal_output console serial\nterminal_input console serial\n';
const never = new AbortController().signal;

const dir = mkdtempSync(path.join(tmpdir(), 'gcm-'));
let iso = '';
let efiIso = '';
beforeAll(async () => {
  iso = await makeGrubIso(dir, CONFIG);
  efiIso = await makeGrubIso(path.join(dir, 'efi'), 'terminal_input console serial\n', {}, 'x86_64-efi');
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/**
 * Where disks are copies in a pool, on this host or on another one, the verbs are the same; where they are not, what
 * differs is which files a machine goes on in.
 */
const IN_PLACE = 'libvirt';
const POOLED = 'libvirt (system)';
const DRIVERS = Object.keys(SUBJECTS).filter(
  name => runsAll || name === 'qemu' || name === IN_PLACE || (runsTogether && name === POOLED),
);

describe.each(DRIVERS)('moments of the driver %s', name => {
  const isWhole = runsAll || name !== IN_PLACE;
  let subject: Subject;
  let scope = new TestScope();
  const machines: Vm[] = [];
  let count = 0;

  beforeAll(async () => {
    const begin = SUBJECTS[name];
    if (!begin) throw new Error(name);
    subject = await begin();
  }, SLOW);
  afterAll(() => subject?.stop());
  afterEach(async () => {
    for (const vm of machines.splice(0)) await vm.destroy();
    for (const resource of scope.held.toReversed()) await release(resource);
    scope = new TestScope();
    expect(await until(() => keepers().length === 0, PATIENCE)).toBe(true);
  });

  /** What ends machines with us, of this libvirt. */
  const keepers = (): string[] =>
    subject.driver instanceof LibvirtDriver ? processesWith(`goldsmith-keeper ${subject.driver.uri}`) : [];
  const plain = name.replaceAll(/\W+/g, '');
  const file = (kind: string): string => path.join(dir, `${plain}-${++count}.${kind}`);
  const start = async (changes: Partial<Machine>, memory?: string): Promise<Vm> => {
    const machine = { ...machineOf(iso, file('log')), ...changes };
    const vm = await subject.driver.start(scope, machine, path.join(dir, `${plain}-${++count}`), memory);
    machines.push(vm);
    return vm;
  };
  const see = (vm: Vm, text: string): Promise<void> =>
    vm.typeKeys([{ kind: 'wait-for-text', text, timeoutMs: PATIENCE }], {
      keyIntervalMs: 20,
      signal: AbortSignal.timeout(SLOW),
    });
  /** Few letters: a key takes a tenth of a second and more, and GRUB keeps a processor busy meanwhile. */
  const type = (vm: Vm, text: string): Promise<void> =>
    vm.typeKeys(parseBootCommand(`${text}<enter>`), { keyIntervalMs: 60, signal: AbortSignal.timeout(SLOW) });
  const says = async (vm: Vm, command: string, text: string): Promise<void> => {
    await type(vm, command);
    await see(vm, text);
  };
  /** With a pattern in its midst. */
  const rawDisk = async (): Promise<Disk> => {
    const disk = { ...DISK, path: file('raw') };
    await createImage({ path: disk.path, format: 'raw' }, 64 * MIB);
    execFileSync('qemu-io', ['-f', 'raw', '-c', 'write -P 7 8M 1M', disk.path]);
    return disk;
  };
  const over = async (disk: Disk): Promise<Disk> => {
    const above = { ...disk, path: file('qcow2'), format: 'qcow2' as const };
    const options = { cluster_size: '128k', extended_l2: 'on' };
    await createOverlay(above.path, disk.path, disk.format, { signal: never, options });
    return above;
  };
  /** Its disk, frozen, is the machine's before; the one after it is in `on`. */
  const save = async (vm: Vm, disk: Disk, isExact: boolean, copies: MomentFiles['copies'] = []) => {
    const on = await over(disk);
    const files = { memory: file('memory'), overlays: new Map([[disk.id, on.path]]), copies };
    const cost = await vm.saveMoment?.(files, { isExact, signal: never });
    if (!cost) throw new Error('It cannot save moments.');
    await cost.fetch?.();
    return { ...files, on, cost };
  };

  it('goes back to a moment as often as wanted, beside the machine that runs on', { timeout: SLOW }, async () => {
    const disk = await rawDisk();
    const vm = await start({ disks: [disk] });
    await see(vm, 'grub>');
    await type(vm, 'x=1');
    const { memory, cost } = await save(vm, disk, true);
    expect(cost.diskOnly).toBeUndefined();
    expect(cost.pauseMs).toBeGreaterThan(0);
    expect(cost.pauseMs).toBeLessThanOrEqual(cost.totalMs);
    const frozen = statSync(disk.path).mtimeMs;
    await type(vm, 'x=2');
    await says(vm, 'echo on$x', 'on2');
    for (const branch of ['one', 'two']) {
      const back = await start({ disks: [await over(disk)] }, memory);
      await says(back, `echo ${branch}$x`, `${branch}1`);
      expect(back.forward(22)?.port).toBeGreaterThan(0);
    }
    await says(vm, 'echo yet$x', 'yet2');
    expect(statSync(disk.path).mtimeMs).toBe(frozen);
  });

  it.runIf(isWhole)('saves a machine that runs on, and again what has gone back', { timeout: SLOW }, async () => {
    const disk = await rawDisk();
    const vm = await start({ disks: [disk] });
    await see(vm, 'grub>');
    await type(vm, 'x=1');
    const first = await save(vm, disk, false);
    await vm.destroy();
    const above = await over(disk);
    const back = await start({ disks: [above] }, first.memory);
    await says(back, 'echo is$x', 'is1');
    await type(back, 'x=2');
    const { cost, memory, on } = await save(back, above, false);
    expect(cost.diskOnly).toBeUndefined();
    await back.destroy();
    const again = await start({ disks: [on] }, memory);
    await says(again, 'echo is$x', 'is2');
  });

  it.runIf(isWhole)('ends what went back when its process is killed', { timeout: SLOW }, async () => {
    const disk = await rawDisk();
    const vm = await start({ disks: [disk] });
    await see(vm, 'grub>');
    const { memory } = await save(vm, disk, true);
    await vm.destroy();
    const above = await over(disk);
    const machine = { ...machineOf(iso, file('log')), disks: [above] };
    const options = subject.driver instanceof LibvirtDriver ? subject.driver.options : undefined;
    const work = JSON.stringify({ options, machine, runtimeDir: file('killed'), memory });
    const running = (): string[] => processesWith(path.basename(above.path)); // its copy has the name, too
    const child = spawn(process.execPath, ['out/test/contract/back.js', work], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    expect(String(await once(child.stdout, 'data'))).toBe('it runs\n');
    expect(running().length).toBeGreaterThan(1); // it, and the machine
    child.kill('SIGKILL');
    expect(await until(() => running().length === 0, PATIENCE)).toBe(true);
  });

  it.runIf(isWhole)(
    'saves the disks alone, and says why, where a device keeps the memory from it',
    {
      timeout: SLOW,
    },
    async () => {
      const disk = await rawDisk();
      const vm = await start({ disks: [disk], extraArgs: ['-device', 'nvme,serial=none,addr=0x1e'] });
      await see(vm, 'grub>');
      const { cost, memory, on } = await save(vm, disk, false);
      expect(cost.diskOnly).toMatch(/nvme/);
      expect(existsSync(memory)).toBe(false);
      await says(vm, 'echo runs$?', 'runs0');
      await vm.destroy();
      execFileSync('qemu-io', ['-f', 'qcow2', '-c', 'read -P 7 8M 1M', on.path]);
    },
  );

  it('goes on in one raw file that holds what the layers held', { timeout: SLOW }, async () => {
    const disk = await rawDisk();
    const above = await over(disk);
    execFileSync('qemu-io', ['-f', 'qcow2', '-c', 'write -P 9 16M 1M', '-c', 'discard 8M 512k', above.path]);
    const vm = await start({ disks: [above] });
    await see(vm, 'grub>');
    const flat = file('flat');
    await createImage({ path: flat, format: 'raw' }, 64 * MIB);
    await vm.flatten?.(disk.id, flat);
    const reads = ['read -P 0 8M 512k', 'read -P 7 8704k 512k', 'read -P 9 16M 1M'];
    await says(vm, 'clear; echo runs-$?', 'runs-0');
    const open = openFiles(vm.pid ?? subject.pid?.() ?? 0);
    expect(open.some(one => one.endsWith(path.basename(flat)))).toBe(true);
    await vm.destroy();
    await subject.driver.bringHome?.(scope, { ...machineOf(iso, ''), disks: [{ ...disk, path: flat }] });
    execFileSync('qemu-io', ['-f', 'raw', ...reads.flatMap(command => ['-c', command]), flat]);
    expect(statSync(flat).blocks * 512).toBeLessThan(8 * MIB);
  });

  /** Where disks are copies, the files here are not what the machine writes to. */
  it.runIf(name.includes('('))('brings home with the disks what no moment has brought', { timeout: SLOW }, async () => {
    const disk = await rawDisk();
    const vm = await start({ disks: [disk] });
    await see(vm, 'grub>');
    truncateSync(disk.path);
    const on = await over({ ...disk, path: (await rawDisk()).path });
    execFileSync('qemu-img', ['rebase', '-u', '-f', 'qcow2', '-b', disk.path, '-F', 'raw', on.path]);
    await vm.saveMoment?.(
      { memory: file('memory'), overlays: new Map([[disk.id, on.path]]), copies: [] },
      { isExact: true, signal: never },
    );
    await vm.destroy();
    await subject.driver.bringHome?.(scope, { ...machineOf(iso, ''), disks: [on] });
    execFileSync('qemu-io', ['-f', 'qcow2', '-c', 'read -P 7 8M 1M', on.path]);
    expect(statSync(disk.path).size).toBe(64 * MIB);
  });

  it.runIf(runsTogether && isWhole)('goes back with UEFI and a TPM', { timeout: SLOW }, async () => {
    const { code, varsTemplate } = chooseFirmware(
      { firmware: lookAtFirmware() },
      { arch: 'x86_64', machineType: 'pc-q35-0', secureBoot: false },
    );
    const disk = await rawDisk();
    const efi = (vars: string, disks: Disk[]): Partial<Machine> => ({
      memoryMiB: 256,
      disks,
      cdroms: [{ id: 'cd0', path: efiIso, interface: 'ide' }],
      firmware: { kind: 'efi', code, vars, secureBoot: false },
      tpm: { device: 'tpm-crb', version: '2.0' },
    });
    const [vars, copy] = [file('vars'), file('vars')];
    copyFileSync(varsTemplate, vars);
    const log = file('log');
    const vm = await start({ ...efi(vars, [disk]), serialLog: log });
    expect(await until(() => existsSync(log) && readFileSync(log, 'utf8').includes('grub>'), SLOW)).toBe(true);
    await type(vm, 'x=1');
    const { memory, cost } = await save(vm, disk, true, [{ from: vars, to: copy }]);
    expect(cost.diskOnly).toBeUndefined();
    await vm.destroy();
    const after = file('log');
    const back = await start({ ...efi(copy, [await over(disk)]), serialLog: after }, memory);
    await type(back, 'echo is$x');
    expect(await until(() => existsSync(after) && readFileSync(after, 'utf8').includes('is1'), PATIENCE)).toBe(true);
  });
});

/** Of a process; those that it closes meanwhile are none. */
const openFiles = (pid: number): string[] =>
  readdirSync(`/proc/${pid}/fd`).flatMap(fd => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      return [];
    }
  });

const DISK: Disk = {
  id: 'disk0',
  path: '',
  format: 'raw',
  interface: 'virtio',
  cache: 'unsafe',
  discard: 'unmap',
  detectZeroes: 'unmap',
};

describe('moments of a guest on a network of libvirt', () => {
  const owner = { kind: 'build', id: 'x' } as const;
  const place = (uri: string, network?: string): string | undefined =>
    new LibvirtDriver({ uri, owner, diesWithUs: true, ...(network === undefined ? {} : { network }) }).place;

  it('fit no machine on another one', () => {
    const uris = ['qemu:///session', 'qemu:///system', 'qemu+ssh://host/system'];
    const places = uris.flatMap(uri => [place(uri), place(uri, 'default'), place(uri, 'lab')]);
    expect(new Set(places).size).toBe(places.length);
    expect(place(ownSession)).toBeUndefined();
    expect(place(ownSession, 'default')).toBe('network default');
  });
});

/** Root's own is the system's. */
const ownSession = 'qemu+unix:///session';
