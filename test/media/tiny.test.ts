import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { neededLibraries } from '../../core/media/tiny/elf.ts';
import { bootSector, placedCore } from '../../core/media/tiny/grub.ts';
import {
  aliasIndex,
  dependencyIndex,
  moduleName,
  readModuleInfo,
  withDependencies,
  withoutSignature,
} from '../../core/media/tiny/modules.ts';
import { Tree, toCpio, toTar } from '../../core/media/tiny/tree.ts';

const SIGNED = '~Module signature appended~\n';
const GUEST = path.resolve('core/media/tiny/guest');

const sample = (): Tree =>
  new Tree().file('usr/bin/hello', '#!/bin/sh\necho hello\n', 0o755).link('bin', 'usr/bin').dir('tmp', 0o1777);

describe('a file tree', () => {
  it('becomes a cpio archive that cpio reads', () => {
    const listed = execFileSync('cpio', ['-itv', '--numeric-uid-gid', '--quiet'], { input: toCpio(sample()) });
    const lines = listed.toString().trimEnd().split('\n');
    expect(lines.map(line => line.split(/\s+/)[0])).toEqual([
      'lrwxrwxrwx',
      'drwxrwxrwt',
      'drwxr-xr-x',
      'drwxr-xr-x',
      '-rwxr-xr-x',
    ]);
    expect(lines[0]).toMatch(/ 0 +0 .* 2025 +bin -> usr\/bin$/);
  });

  it('becomes a tar archive that tar unpacks', async () => {
    const dir = mkdtempSync(path.join(tmpdir(), 'tree-'));
    execFileSync('tar', ['-x', '-C', dir, '--no-same-owner'], { input: await toTar(sample()) });
    expect(execFileSync(path.join(dir, 'bin/hello')).toString()).toBe('hello\n');
  });

  it('gives the same bytes whatever the order it was filled in', async () => {
    const other = new Tree().dir('tmp', 0o1777).link('bin', 'usr/bin');
    other.file('usr/bin/hello', 'else').file('usr/bin/hello', '#!/bin/sh\necho hello\n', 0o755);
    expect(toCpio(other).equals(toCpio(sample()))).toBe(true);
    expect((await toTar(other)).equals(await toTar(sample()))).toBe(true);
  });

  it('puts a folder before what is in it', () => {
    const names = sample()
      .file('usr-local', '')
      .sorted()
      .map(([name]) => name);
    expect(names.indexOf('usr')).toBeLessThan(names.indexOf('usr/bin/hello'));
  });
});

describe('what a program needs', () => {
  it('is read from its dynamic section', () => {
    const needed = neededLibraries(readFileSync('/usr/bin/xorriso'));
    expect(needed).toEqual(expect.arrayContaining(['libc.so.6']));
    expect(needed.every(name => /^[\w.+-]+\.so[\w.]*$/.test(name))).toBe(true);
  });

  it('is nothing for a static program and for a script', () => {
    expect(neededLibraries(readFileSync('/bin/busybox'))).toEqual([]);
    expect(neededLibraries(Buffer.from('#!/bin/sh\n'))).toEqual([]);
  });
});

describe('kernel modules', () => {
  const info = (text: string) => readModuleInfo('m', Buffer.from(`\0${text.split(' ').join('\0')}\0`));
  const modules = new Map(
    [
      { name: 'sr_mod', depends: ['cdrom', 'scsi_mod'], aliases: ['scsi:t-0x05*'] },
      { name: 'scsi_mod', depends: ['scsi_common'], aliases: [] },
      { name: 'scsi_common', depends: [], aliases: [] },
      { name: 'cdrom', depends: [], aliases: [] },
    ].map(module => [module.name, module]),
  );

  it('say what they depend on and which devices they drive', () => {
    expect(info('license=GPL depends=cdrom,scsi-mod alias=a:b* alias=c:d')).toEqual({
      name: 'm',
      depends: ['cdrom', 'scsi_mod'],
      aliases: ['a:b*', 'c:d'],
    });
    expect(moduleName('drivers/char/hw_random/virtio-rng.ko.xz')).toBe('virtio_rng');
  });

  it('lose their signature, and nothing else', () => {
    const about = Buffer.alloc(12);
    about.writeUInt32BE(5, 8); // length of the signature
    const signed = Buffer.concat([Buffer.from('code'), Buffer.from('signs'), about, Buffer.from(SIGNED)]);
    expect(withoutSignature(signed).toString()).toBe('code');
    for (const text of ['code', SIGNED, `${SIGNED}code, and zeros behind it: ${'\0'.repeat(40)}`]) {
      expect(withoutSignature(Buffer.from(text)).toString()).toBe(text);
    }
  });

  it('come after what they depend on; a built-in one is no file', () => {
    const order = withDependencies(['sr_mod', 'ext4'], modules).map(({ name }) => name);
    expect(order).toEqual(['cdrom', 'scsi_common', 'scsi_mod', 'sr_mod']);
  });

  it('are indexed as modprobe reads it', () => {
    const all = withDependencies(['sr_mod'], modules);
    expect(dependencyIndex(all)).toContain('sr_mod.ko: scsi_mod.ko scsi_common.ko cdrom.ko\n');
    expect(dependencyIndex(all)).toContain('cdrom.ko:\n');
    expect(aliasIndex(all)).toBe('alias scsi:t-0x05* sr_mod\n');
  });
});

describe("GRUB's first sectors", () => {
  it('are told where the core image lies, and nothing else of them changes', () => {
    const boot = bootSector(Buffer.alloc(512, 7));
    expect(boot.readBigUInt64LE(0x5c)).toBe(2048n);
    expect(boot.readUInt16LE(0x66)).toBe(0x9090);
    expect(boot.filter(byte => byte !== 7)).toHaveLength(10);
    const core = placedCore(Buffer.alloc(1024));
    expect(core.readBigUInt64LE(0x1f4)).toBe(2049n);
  });

  it('agree with the place where the installer puts them', () => {
    const disk = readFileSync(path.join(GUEST, 'installer/disk.sh'), 'utf8');
    expect(disk).toContain(`CORE_START=${bootSector(Buffer.alloc(512)).readBigUInt64LE(0x5c)}\n`);
  });
});

describe('a NoCloud seed', () => {
  const read = (text: string): string[] => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'seed-')), 'user-data');
    writeFileSync(file, text);
    const script = path.join(GUEST, 'system/usr/share/nocloud/cloud-config.awk');
    return execFileSync('busybox', ['awk', '-f', script, file]).toString().trimEnd().split('\n');
  };

  it('is understood as YAML libraries and people write it', () => {
    const seed = `#cloud-config
ssh_authorized_keys:
  - ssh-ed25519 AAAA a@b
  - "ssh-ed25519 BBBB"
hostname: 'x1' 
users:
  - default
  - name: root
    ssh_authorized_keys:
      - ssh-ed25519 CCC
  - ssh_authorized_keys:
      - ssh-ed25519 DDD
    name: bob
    sudo: ALL=(ALL) NOPASSWD:ALL
runcmd:
- echo "hi" > /etc/ran
- 'echo ''q'''
`;
    expect(read(seed)).toEqual([
      'key\troot\tssh-ed25519 AAAA a@b',
      'key\troot\tssh-ed25519 BBBB',
      'hostname\tx1',
      'user\troot',
      'key\troot\tssh-ed25519 CCC',
      'user\tbob',
      'key\tbob\tssh-ed25519 DDD',
      'run\techo "hi" > /etc/ran',
      "run\techo 'q'",
    ]);
  });

  it('gives no key to a name that is no user name', () => {
    const seed = '#cloud-config\nusers:\n  - name: ../evil\n    ssh_authorized_keys:\n      - ssh-ed25519 AAA\n';
    expect(read(seed)).toEqual(['']);
  });

  it('says what it does not understand', () => {
    expect(read('#cloud-config\nruncmd:\n  - [ sh, -c, ls ]\n')).toEqual(['unknown\truncmd as a list: [ sh, -c, ls ]']);
  });
});

describe('the scripts of the guest', () => {
  it('are all read by a POSIX shell without a complaint', () => {
    const names = ['lib/hardware.sh', 'boot/init', 'installer/init', 'installer/install', 'installer/answers.sh'];
    const more = [
      'installer/disk.sh',
      'installer/target.sh',
      'installer/log.sh',
      'installer/dhcp',
      'system/etc/init.d/rcS',
    ];
    const programs = ['nocloud', 'grow-root', 'shutdown', 'console'].map(name => `system/usr/bin/${name}`);
    for (const name of [...names, ...more, 'system/etc/init.d/rcK', ...programs]) {
      execFileSync('busybox', ['sh', '-n', path.join(GUEST, name)]);
    }
  });
});
