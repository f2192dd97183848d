import { describe, expect, it } from 'vitest';
import { qemuArguments } from '../../core/drivers/qemu/command-line.ts';
import type { Machine } from '../../core/model/machine.ts';
import { DISK, MACHINE as PLAIN } from './machine.ts';

const SOCKETS = { qmp: '/run/g/qmp', vnc: '/run/g/vnc', serial: '/run/g/serial', tpm: '/run/g/tpm' };

const MACHINE: Machine = {
  ...PLAIN,
  disks: [{ ...DISK, path: '/b/evil,readonly=on,x.raw' }],
  nics: PLAIN.nics.map(nic => ({ ...nic, model: 'virtio-net' })),
};

const argumentsOf = (changes: Partial<Machine> = {}): string[] => qemuArguments({ ...MACHINE, ...changes }, SOCKETS);

/** The values of a switch, JSON ones read. */
const valuesOf = (args: string[], name: string): unknown[] =>
  args.flatMap((argument, at) =>
    args[at - 1] === name ? [argument.startsWith('{') ? JSON.parse(argument) : argument] : [],
  );

describe('the QEMU command line', () => {
  it('has no defaults, a sandbox, and starts stopped', () => {
    const args = argumentsOf();
    expect(args).toEqual(expect.arrayContaining(['-nodefaults', '-no-user-config', '-S', '-sandbox']));
    expect(valuesOf(args, '-accel')).toEqual(['tcg,thread=multi']);
  });

  it('names the format of every image, a CD as raw and read-only, and takes odd file names as they are', () => {
    expect(valuesOf(argumentsOf(), '-blockdev')).toEqual([
      expect.objectContaining({
        driver: 'raw',
        'node-name': 'disk0',
        cache: { direct: false, 'no-flush': true },
        file: expect.objectContaining({ driver: 'file', filename: '/b/evil,readonly=on,x.raw' }),
      }),
      {
        driver: 'raw',
        'node-name': 'cd0',
        'read-only': true,
        file: { driver: 'file', filename: '/b/x.iso', 'read-only': true },
      },
    ]);
  });

  it('boots the disk before the CD', () => {
    const devices = valuesOf(argumentsOf(), '-device') as { id?: string; bootindex?: number }[];
    const index = (id: string) => devices.find(device => device.id === id)?.bootindex ?? Number.NaN;
    expect(index('disk0-dev')).toBeLessThan(index('cd0-dev'));
  });

  it('forwards ports on 127.0.0.1 only, and listens on no TCP port for screen or monitor', () => {
    const args = argumentsOf();
    expect(valuesOf(args, '-netdev')).toEqual([
      { type: 'user', id: 'user.0', hostfwd: [{ str: 'tcp:127.0.0.1:0-:22' }] },
    ]);
    expect(valuesOf(args, '-vnc')).toEqual(['unix:/run/g/vnc']);
    expect(args.join(' ')).not.toMatch(/tcp:(?!127\.0\.0\.1)|0\.0\.0\.0/);
  });

  it.each([
    ['writeback', { direct: false, 'no-flush': false }, 'on'],
    ['writethrough', { direct: false, 'no-flush': false }, 'off'],
    ['none', { direct: true, 'no-flush': false }, 'on'],
    ['directsync', { direct: true, 'no-flush': false }, 'off'],
    ['unsafe', { direct: false, 'no-flush': true }, 'on'],
  ] as const)('cache=%s', (cache, flags, writeCache) => {
    const disks = MACHINE.disks.map(disk => ({ ...disk, cache }));
    const args = argumentsOf({ disks });
    expect(valuesOf(args, '-blockdev')[0]).toMatchObject({ cache: flags });
    expect(valuesOf(args, '-device')).toContainEqual(
      expect.objectContaining({ id: 'disk0-dev', 'write-cache': writeCache }),
    );
  });

  it.each(['virtio', 'virtio-scsi', 'scsi', 'sata', 'ide'] as const)('disk interface %s has its device', kind => {
    const disks = MACHINE.disks.map(disk => ({ ...disk, interface: kind }));
    expect(valuesOf(argumentsOf({ disks }), '-device')).toContainEqual(expect.objectContaining({ drive: 'disk0' }));
  });

  it('gives UEFI its code read-only and its own variables', () => {
    const args = argumentsOf({
      firmware: { kind: 'efi', code: '/f/code,1.fd', vars: '/b/vars.fd', secureBoot: false },
    });
    expect(valuesOf(args, '-drive')).toEqual([
      'if=pflash,unit=0,format=raw,readonly=on,file=/f/code,,1.fd',
      'if=pflash,unit=1,format=raw,readonly=off,file=/b/vars.fd',
    ]);
  });

  it('ends a machine that was booted with a kernel when it reboots', () => {
    const args = argumentsOf({ boot: { kind: 'direct', kernel: '/k', initrd: '/i', append: 'a=b c' } });
    expect(valuesOf(args, '-append')).toEqual(['a=b c']);
    expect(valuesOf(args, '-action')).toEqual(['reboot=shutdown']);
  });

  it('lets a switch of the recipe replace ours, and only that one', () => {
    const args = argumentsOf({ extraArgs: ['-m', '2048M', '-device', 'virtio-balloon'] });
    expect(valuesOf(args, '-m')).toEqual(['2048M']);
    expect(valuesOf(args, '-device')).toEqual(
      expect.arrayContaining(['virtio-balloon', expect.objectContaining({ netdev: 'user.0' })]),
    );
  });
});
