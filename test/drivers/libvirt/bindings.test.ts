import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Connection } from '../../../core/drivers/libvirt/connection.ts';
import { toGoldsmithError } from '../../../core/drivers/libvirt/ffi/error.ts';
import { inTime } from '../../../core/drivers/libvirt/opening.ts';
import { libvirtChecks } from '../../../core/engine/doctor-libvirt.ts';
import { askLibvirts } from '../../../core/engine/libvirts.ts';
import { findLibrary, libraryFolders } from '../../../core/host/library.ts';
import { until } from '../../real/goldsmith.ts';

/** libvirt's own driver for tests: real bindings, a real library, machines that are only thought of. */
const TEST = 'test:///default';
const XMLNS = 'https://example.org/none';
/** Of the machine that this driver always has. */
const machine = (name: string): string =>
  `<domain type="test"><name>${name}</name><memory unit="MiB">8</memory><os><type>hvm</type></os></domain>`;

describe('the bindings to libvirt', () => {
  let connection: Connection;
  beforeAll(async () => {
    connection = await Connection.open(TEST);
  });
  afterAll(() => connection.close());

  it('ask a connection what it is', async () => {
    expect(await connection.call('connectUri')).toBe(TEST);
    expect(await connection.call('connectIsAlive')).toBe(true);
    expect((await connection.call('connectVersions')).library).toBeGreaterThan(5_000_000);
    expect(await connection.call('connectCapabilities')).toContain('<capabilities>');
  });

  it('make, list, change and end a machine, and hear of it', async () => {
    const seen: string[] = [];
    const stop = connection.onEvent(event => {
      if (event.kind === 'lifecycle') seen.push(`${event.uuid} ${event.event}`);
    });
    const uuid = await connection.call('domainCreate', machine('one'), 0);
    expect(uuid).toMatch(/^[0-9a-f-]{36}$/);
    expect(await connection.call('domainByName', 'one')).toBe(uuid);
    expect(await connection.call('domainList', XMLNS)).toContainEqual({
      name: 'one',
      uuid,
      isActive: true,
      isPersistent: false,
    });
    await connection.call('domainSuspend', uuid);
    expect((await connection.call('domainState', uuid)).state).toBe('paused');
    await connection.call('domainResume', uuid);
    expect(await connection.call('domainXml', uuid)).toContain('<name>one</name>');
    await connection.call('domainDestroy', uuid);
    expect(await until(() => seen.length >= 4, 2000)).toBe(true);
    // Started, suspended, resumed, stopped (virDomainEventType).
    expect(seen).toEqual([2, 3, 4, 5].map(event => `${uuid} ${event}`));
    stop();
  });

  it('say why something failed, each call for itself, also when many fail at once', async () => {
    const names = Array.from({ length: 40 }, (_, nth) => `nobody-${nth}`);
    const reasons = await Promise.all(
      names.map(name => connection.call('domainByName', name).catch((error: unknown) => error)),
    );
    for (const reason of reasons) expect(reason).toMatchObject({ code: 'not-found' });
    await expect(connection.call('domainCreate', '<domain', 0)).rejects.toMatchObject({ code: 'bad-lab' });
    await expect(connection.call('domainState', 'no-uuid')).rejects.toMatchObject({ code: 'usage' });
  });

  it('free what they take: 10,000 calls leave the memory as it was', async () => {
    const uuid = await connection.call('domainCreate', machine('leak'), 0);
    const round = async (calls: number): Promise<void> => {
      for (let done = 0; done < calls; done += 4) {
        await Promise.all([
          connection.call('domainList', XMLNS),
          connection.call('domainXml', uuid),
          connection.call('domainState', uuid),
          connection.call('domainByName', 'nobody').catch(() => undefined),
        ]);
      }
    };
    await round(12_000); // threads, caches and the heap reach their size
    // What leaks grows each time; a heap that takes another page does so once.
    const grownKiB: number[] = [];
    while (grownKiB.length < 4 && !grownKiB.some(isLittle)) {
      const before = residentKiB();
      await round(10_000);
      grownKiB.push(residentKiB() - before);
    }
    await connection.call('domainDestroy', uuid);
    console.log(`10,000 calls, again and again: ${grownKiB.join(', ')} KiB more resident memory.`);
    expect(grownKiB.some(isLittle)).toBe(true);
  });

  it('open and close connections without losing any', async () => {
    const once = async (): Promise<void> => (await Connection.open(TEST)).close();
    for (let nth = 0; nth < 50; nth++) await once();
    const before = residentKiB();
    for (let nth = 0; nth < 200; nth++) await once();
    expect(residentKiB() - before).toBeLessThan(4 * 1024);
  });
});

/** A quarter of the calls gives a description of 1 KiB and more, three quarters take a handle of some 100 bytes. */
const isLittle = (kiB: number): boolean => kiB < 3 * 1024;

const residentKiB = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);

describe('the library', () => {
  it('is looked for where Debian, Fedora, Arch and macOS keep it', () => {
    expect(libraryFolders('linux', 'x64')).toEqual(
      expect.arrayContaining(['/usr/lib/x86_64-linux-gnu', '/usr/lib64', '/usr/lib']),
    );
    expect(libraryFolders('linux', 'arm64')[0]).toBe('/usr/lib/aarch64-linux-gnu');
    expect(libraryFolders('darwin', 'arm64')).toContain('/opt/homebrew/lib');
    expect(findLibrary('libvirt', {}, ['/nowhere'])).toBeUndefined();
    expect(findLibrary('libvirt', {})).toMatch(/\/libvirt\.so\.0$/);
  });
});

describe('the doctor', () => {
  const nobody = 'qemu+unix:///system?socket=/nowhere/libvirt-sock';

  it('tells what each libvirt has, or why it cannot be asked', async () => {
    expect(await askLibvirts([TEST, nobody])).toEqual([
      { uri: TEST, version: expect.stringMatching(/^\d+\.\d+\.\d+$/), domains: 1, ours: 0 },
      { uri: nobody, reason: expect.stringContaining('libvirt'), hint: expect.stringContaining('Start libvirt') },
    ]);
  });

  it('waits for nobody who is silent', async () => {
    await expect(inTime(TEST, new Promise(() => {}), 20)).rejects.toMatchObject({ code: 'host-lacks' });
    expect(await inTime(TEST, Promise.resolve(1), 60_000)).toBe(1);
  });

  it('has a line for every way libvirt can be, and none of them is fatal', async () => {
    const lines = async (version: string | undefined, connections: string[]) =>
      libvirtChecks(
        { libvirt: { connections, ...(version === undefined ? {} : { version }) } },
        await askLibvirts(connections),
      );
    expect(await lines(undefined, [])).toEqual([expect.objectContaining({ state: 'ok' })]);
    expect(await lines('9.0.0', [])).toEqual([expect.objectContaining({ state: 'ok' })]);
    expect(await lines('9.0.0', [TEST])).toEqual([expect.objectContaining({ state: 'ok' })]);
    expect(await lines('9.0.0', [nobody])).toEqual([
      expect.objectContaining({ state: 'warning', fix: expect.stringContaining('Start libvirt') }),
    ]);
  });
});

describe('a failure of libvirt', () => {
  const failure = (code: number, domain = 10, int1 = 0) =>
    toGoldsmithError({ code, domain, message: 'whatever it says', int1 });

  it.each([
    ['no such machine', 42, 10, 0, 'not-found'],
    ['a name that is taken', 28, 10, 0, 'exists'],
    ['a polkit refusal', 45, 7, 0, 'host-lacks'],
    ['XML that is wrong', 27, 20, 0, 'bad-lab'],
    ['a socket one may not open', 38, 7, 13, 'host-lacks'],
    ['a daemon that is not there', 38, 7, 2, 'host-lacks'],
    ['a full disk', 38, 18, 28, 'disk-full'],
    ['a system call of the daemon', 38, 10, 2, 'libvirt-failed'],
    ['an internal error', 1, 10, 0, 'libvirt-failed'],
  ] as const)('%s has our code', (_what, code, domain, int1, ours) => {
    expect(failure(code, domain, int1)).toMatchObject({ code: ours });
  });

  it('names the group or the rule that would allow it', () => {
    for (const [code, int1] of [
      [38, 13],
      [45, 0],
      [88, 0],
    ] as const) {
      expect(failure(code, 7, int1).hint).toMatch(/group libvirt.*polkit/);
    }
  });
});
