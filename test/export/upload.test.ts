import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { run } from '../../core/exec.ts';
import { uploadScript } from '../../core/export/upload.ts';
import { googleName, type Upload, VENDORS } from '../../core/export/vendors.ts';
import type { TargetName } from '../../core/model/export.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'goldsmith-upload-'));
const at = (...parts: string[]): string => path.join(dir, ...parts);
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const upload: Upload = {
  name: 'web-v1',
  firmware: 'efi',
  files: [],
  image: 'web',
  version: 'v1',
  arch: 'x86_64',
  glance: {
    disk_format: 'qcow2',
    container_format: 'bare',
    min_disk: 8,
    min_ram: 512,
    properties: { os_distro: "it's", hw_disk_bus: 'virtio' },
  },
  labels: { 'org.opencontainers.image.title': `a "quoted" 'title' $HOME` },
};
const FILES: Partial<Record<TargetName, string[]>> = {
  azure: ['web-v1-azure.vhd', 'web-v1-disk2-azure.vhd'],
  aws: [
    'web-v1.vmdk',
    'web-v1-disk2.vmdk',
    'web-v1.import-image.json',
    'web-v1.import-snapshot.json',
    'web-v1-disk2.import-snapshot.json',
  ],
  'aws-ova': ['web-v1-aws.ova'],
  gcp: ['web-v1-gcp.tar.gz', 'web-v1-disk2-gcp.tar.gz'],
  openstack: ['web-v1.qcow2', 'web-v1.openstack.json'],
  'ova-vmware': ['web-v1-vmware.ova'],
  'ova-virtualbox': ['web-v1-virtualbox.ova'],
  docker: ['web-v1-rootfs.tar.gz'],
};
const NAMES = Object.keys(VENDORS) as TargetName[];
const VARIABLES = {
  RESOURCE_GROUP: 'group',
  STORAGE_ACCOUNT: 'store',
  BUCKET: 'a-bucket',
  PROJECT: 'p',
  OS_CLOUD: 'c',
  GOVC_URL: 'u',
};

/** A hand-off with the script, and the vendor's program in front that writes down what it is told. */
function prepare(
  target: TargetName,
  change: Partial<Upload> = {},
): { script: string; env: Record<string, string>; told: () => string[]; folder: string } {
  const folder = mkdtempSync(at(`${target}-`));
  for (const file of FILES[target] ?? [])
    writeFileSync(path.join(folder, file), '{"UserBucket":{"S3Bucket":"@BUCKET@"}}\n');
  const script = path.join(folder, 'upload.sh');
  writeFileSync(script, uploadScript(target, { ...upload, files: FILES[target] ?? [], ...change }) ?? '', {
    mode: 0o755,
  });
  const bin = mkdtempSync(at('bin-'));
  const log = path.join(bin, 'log');
  const program = path.join(bin, VENDORS[target]?.program ?? '');
  const fake = `#!/bin/sh\nprintf '%s|' "$@" >> ${log}; echo >> ${log}\nfor word; do case $word in file://*) cat "\${word#file://}" >> ${log};; esac; done\necho answer\n`;
  writeFileSync(program, fake);
  chmodSync(program, 0o755);
  const told = (): string[] => readFileSync(log, 'utf8').trim().split('\n');
  return { script, env: { PATH: `${bin}:/usr/bin:/bin` }, told, folder };
}

/** A PATH with what the scripts need of the system and no vendor's program, whatever this machine has. */
function withoutPrograms(): string {
  const bin = mkdtempSync(at('plain-'));
  for (const name of ['sh', 'dirname']) symlinkSync(`/bin/${name}`, path.join(bin, name));
  return bin;
}

describe.each(NAMES)('the upload script of %s', target => {
  it('prints its variables and commands, and runs nothing', async () => {
    const { script, env, folder, told } = prepare(target);
    const { stdout } = await run('sh', [script, '--dry-run'], { env: { ...env, ...VARIABLES } });
    for (const name of Object.keys(VENDORS[target]?.variables ?? {})) expect(stdout).toContain(`${name}='`);
    expect(stdout).toContain(VENDORS[target]?.program);
    expect(told).toThrow();
    expect(readdirSync(folder).sort()).toEqual([...(FILES[target] ?? []), 'upload.sh'].sort());
  });

  it('runs from anywhere and leaves the folder as it was', async () => {
    const { script, env, folder, told } = prepare(target);
    await run('sh', [script], { env: { ...env, ...VARIABLES }, cwd: '/' });
    expect(told().length).toBeGreaterThan(0);
    expect(told().join()).not.toContain('@BUCKET@');
    expect(readdirSync(folder).sort()).toEqual([...(FILES[target] ?? []), 'upload.sh'].sort());
  });

  it('refuses what it does not know, a missing variable and a missing program', async () => {
    const { script, env, told } = prepare(target);
    await expect(run('sh', [script, '--dryrun'], { env: { ...env, ...VARIABLES } })).rejects.toMatchObject({
      details: { exitCode: 2 },
    });
    await expect(run('sh', [script], { env: { PATH: withoutPrograms(), ...VARIABLES } })).rejects.toMatchObject({
      details: { exitCode: 4 },
    });
    const variables = Object.values(VENDORS[target]?.variables ?? {});
    if (variables.includes(''))
      await expect(run('sh', [script], { env })).rejects.toMatchObject({ details: { exitCode: 2 } });
    expect(told).toThrow();
  });

  it('is a script that shellcheck has nothing to say of', async () => {
    const hasShellcheck = await run('shellcheck', ['--version']).then(
      () => true,
      () => false,
    );
    // SC2016: the commands are to be expanded when they run, not where they stand.
    if (hasShellcheck) await run('shellcheck', ['-s', 'sh', '-e', 'SC2016,SC2034', prepare(target).script]);
  });
});

describe('what the vendors are told', () => {
  const toldBy = async (target: TargetName, change: Partial<Upload> = {}): Promise<string> => {
    const { script, env, told } = prepare(target, change);
    await run('sh', [script], { env: { ...env, ...VARIABLES } });
    return told().join('\n');
  };

  it('Azure: page blobs, the generation, the second disk', async () => {
    const told = await toldBy('azure');
    expect(told).toContain('|--type|page|--name|web-v1-azure.vhd|');
    expect(told).toContain('|--hyper-v-generation|V2|');
    expect(told).toContain('|--data-disk-sources|https://store.blob.core.windows.net/images/web-v1-disk2-azure.vhd|');
    expect(await toldBy('azure', { firmware: 'bios' })).toContain('|V1|');
  });

  it('AWS: snapshots with the bucket put in, waited for, registered as one image', async () => {
    const told = await toldBy('aws');
    expect(told).toContain('"S3Bucket":"a-bucket"');
    expect(told).toContain('ec2|wait|snapshot-imported|');
    expect(told).toContain('|--boot-mode|uefi|');
    expect(told).toContain(
      '|DeviceName=/dev/xvda,Ebs={SnapshotId=answer}|DeviceName=/dev/sdf,Ebs={SnapshotId=answer}|',
    );
    expect(await toldBy('aws-ova', { firmware: 'bios' })).toContain('|legacy-bios|');
  });

  it('Google: a name it takes, and UEFI', async () => {
    expect(await toldBy('gcp')).toContain('images|create|web-v1|--project|p|--architecture|X86_64|');
    expect(await toldBy('gcp')).toContain('|--guest-os-features|UEFI_COMPATIBLE|');
    expect(await toldBy('gcp', { firmware: 'bios' })).not.toContain('UEFI');
    expect(googleName('Debian_13.1-2026.01.02')).toBe('debian-13-1-2026-01-02');
    expect(googleName('13')).toBe('image-13');
    expect(googleName(`a${'b'.repeat(80)}`)).toHaveLength(63);
    expect(googleName(`${'a'.repeat(62)}--b`)).toBe('a'.repeat(62));
  });

  it('OpenStack: every property as one word, whatever is in it', async () => {
    const told = await toldBy('openstack');
    expect(told).toContain(
      "|--min-disk|8|--min-ram|512|--file|web-v1.qcow2|--property|os_distro=it's|--property|hw_disk_bus=virtio|web-v1|",
    );
  });

  it('VirtualBox: UEFI, which it reads from no OVF', async () => {
    expect(await toldBy('ova-virtualbox')).toBe(
      'import|web-v1-virtualbox.ova|--vsys|0|--vmname|web-v1|\nmodifyvm|web-v1|--firmware|efi|',
    );
    expect(await toldBy('ova-virtualbox', { firmware: 'bios' })).not.toContain('modifyvm');
  });

  it('Docker: labels with quotes and dollars as they are', async () => {
    expect(await toldBy('docker')).toContain(`LABEL org.opencontainers.image.title="a \\"quoted\\" 'title' $HOME"|`);
    expect(await toldBy('docker')).toContain('|web-v1-rootfs.tar.gz|web:v1|');
  });
});
