import path from 'node:path';
import type { ImageFormat } from '../model/machine.ts';
import type { QemuSource } from '../model/recipe.ts';
import { describesDevices } from './recipe-arguments.ts';

export interface WorkingDisk {
  path: string;
  format: ImageFormat;
}

/** The files that a build's machine writes. */
export interface WorkingFiles {
  disks: WorkingDisk[];
  efiVars: string;
  /** What `{{ .OutputDir }}` stands for while the machine runs. */
  packerDir: string;
}

/**
 * A working disk is raw: sparse, quick, and readable by the leak check as it is. Over a base image it is a qcow2 that
 * holds the differences. A recipe whose `qemuargs` name disks expects Packer's names and its own format, and one with
 * options for `qemu-img create` the format they are meant for; the release gets its own format in every case.
 */
export function workingFiles(source: QemuSource, workDir: string, diskDir = workDir): WorkingFiles {
  const packerDir = path.join(workDir, 'output');
  if (!describesDevices(source)) {
    const format = source.qemuImgArgs.create.length > 0 ? source.format : 'raw';
    const first = source.diskImage ? disk(diskDir, 'disk0', 'qcow2') : disk(diskDir, 'disk0', format);
    const others = source.additionalDiskSizesMiB.map((_, nth) => disk(diskDir, `disk${nth + 1}`, format));
    return { disks: [first, ...others], efiVars: path.join(workDir, 'efivars.fd'), packerDir };
  }
  const { format, vmName } = source;
  const names = [vmName, ...source.additionalDiskSizesMiB.map((_, nth) => `${vmName}-${nth + 1}`)];
  return {
    disks: names.map(name => ({ path: path.join(packerDir, name), format })),
    efiVars: path.join(packerDir, 'efivars.fd'),
    packerDir,
  };
}

const disk = (dir: string, name: string, format: ImageFormat): WorkingDisk => ({
  path: path.join(dir, `${name}.${format}`),
  format,
});
