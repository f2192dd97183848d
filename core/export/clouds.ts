import { makeQcow2, makeStreamVmdk } from './disk-files.ts';
import { writeSparseTarGz } from './gnu-tar.ts';
import type { ExportWork } from './work.ts';

const GIB = 1024 ** 3;

/** An image as Glance is to know it (docs.openstack.org/glance, useful image properties). */
export interface GlanceImage {
  disk_format: 'qcow2';
  container_format: 'bare';
  /** GiB and MiB. */
  min_disk: number;
  min_ram: number;
  properties: Record<string, string>;
}

export async function glanceImage(work: ExportWork): Promise<GlanceImage> {
  const disk = await work.raw();
  const { system, machine } = work.manifest;
  return {
    disk_format: 'qcow2',
    container_format: 'bare',
    min_disk: Math.ceil(disk.bytes / GIB),
    min_ram: work.settings.memoryMiB,
    properties: {
      architecture: machine?.arch ?? 'x86_64',
      hypervisor_type: 'qemu',
      os_type: 'linux',
      ...(system?.id === undefined ? {} : { os_distro: system.id }),
      ...(system?.versionId === undefined ? {} : { os_version: system.versionId }),
      hw_disk_bus: 'virtio',
      hw_vif_model: 'virtio',
      hw_firmware_type: (await work.firmware()) === 'efi' ? 'uefi' : 'bios',
    },
  };
}

/** A QCOW2 and what Glance is to be told of it. */
export const makeOpenstack = async (work: ExportWork): Promise<string[]> => [
  ...(await makeQcow2(work)),
  await work.writeJson(`${work.name}.openstack.json`, await glanceImage(work)),
];

/** Stands for the bucket in the import requests: upload.sh puts it in. */
export const BUCKET_PLACEHOLDER = '@BUCKET@';

/** A VMDK and the requests of VM Import (docs.aws.amazon.com/vm-import, ImportImage and ImportSnapshot). */
export async function makeAws(work: ExportWork): Promise<string[]> {
  const disks = await makeStreamVmdk(work);
  const bucket = (file: string) => ({ S3Bucket: BUCKET_PLACEHOLDER, S3Key: file });
  const container = (file: string) => ({ Description: work.name, Format: 'VMDK', UserBucket: bucket(file) });
  const image = {
    Description: work.name,
    Architecture: work.manifest.machine?.arch ?? 'x86_64',
    Platform: 'Linux',
    BootMode: (await work.firmware()) === 'efi' ? 'uefi' : 'legacy-bios',
    DiskContainers: disks.map(container),
  };
  const snapshots = disks.map((file, nth) =>
    work.writeJson(work.diskName(nth, '.import-snapshot.json'), container(file)),
  );
  return [...disks, await work.writeJson(`${work.name}.import-image.json`, image), ...(await Promise.all(snapshots))];
}

/** An archive for each disk: Google's images have one. */
export const makeGcp = (work: ExportWork): Promise<string[]> =>
  work.eachDisk(async nth => {
    const disk = await work.rawIn(GIB, nth);
    const name = work.diskName(nth, '-gcp.tar.gz');
    await writeSparseTarGz(disk.path, disk.extents, work.file(name), {
      name: 'disk.raw',
      diskBytes: disk.bytes,
      timeS: work.timeS,
      signal: work.signal,
      onProgress: work.progress(name),
    });
    return name;
  });
