import type { TargetName } from '../../model/export.ts';
import { fileSize } from '../extents.ts';
import { checkBox } from './box.ts';
import { checkDocker } from './docker.ts';
import { type Findings, findings, readAt, withFile } from './findings.ts';
import { checkFixedVhd } from './fixed-vhd.ts';
import { checkGcp } from './gcp.ts';
import { checkGpt } from './gpt.ts';
import { checkInspected } from './inspected.ts';
import { checkOva } from './ova.ts';
import { checkStreamVmdk } from './stream-vmdk.ts';

/** How the files of a target are checked: those whose name ends so, the boot disk's first. */
export interface Check {
  end: string;
  /** @param virtualBytes size of the disk in it, before it was rounded up for the format */
  check: (file: string, virtualBytes: number) => Promise<Findings>;
}

const MIB = 1024 ** 2;
const SECTOR = 512;

/** What each target's files must be by their bytes, apart from their checksums: what imports really fail on. */
export const CHECKS: Record<TargetName, Check> = {
  raw: { end: '.raw', check: checkRaw },
  qcow2: { end: '.qcow2', check: checkInspected('qcow2', SECTOR) },
  openstack: { end: '.qcow2', check: checkInspected('qcow2', SECTOR) },
  vhd: { end: '.vhd', check: checkFixedVhd },
  azure: { end: '.vhd', check: checkFixedVhd },
  'vhd-dynamic': { end: '.vhd', check: checkInspected('vpc', MIB) },
  vhdx: { end: '.vhdx', check: checkInspected('vhdx', MIB) },
  hyperv: { end: '.vhdx', check: checkInspected('vhdx', MIB) },
  vmdk: { end: '.vmdk', check: checkInspected('vmdk', MIB) },
  'vmdk-stream': { end: '.vmdk', check: checkStreamVmdk },
  aws: { end: '.vmdk', check: checkStreamVmdk },
  'ova-vmware': { end: '.ova', check: checkOva('vmware') },
  'ova-virtualbox': { end: '.ova', check: checkOva('virtualbox') },
  'aws-ova': { end: '.ova', check: checkOva('vmware') },
  gcp: { end: '.tar.gz', check: checkGcp },
  'vagrant-libvirt': { end: '.box', check: checkBox('libvirt') },
  'vagrant-virtualbox': { end: '.box', check: checkBox('virtualbox') },
  docker: { end: '-rootfs.tar.gz', check: checkDocker },
};

async function checkRaw(file: string, virtualBytes: number): Promise<Findings> {
  const bytes = await fileSize(file);
  const found = findings([[bytes === virtualBytes, `it has ${bytes} bytes and not ${virtualBytes}`]]);
  return found.length > 0
    ? found
    : withFile(file, handle => checkGpt((at, length) => readAt(handle, at, length), bytes, virtualBytes));
}
