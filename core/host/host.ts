import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { GoldsmithError } from '../model/failure.ts';
import type { AcceleratorFacts, HostFacts, HostSystem, QemuFacts } from '../model/host.ts';
import type { Home } from '../store/paths.ts';
import { lookAtAccelerators } from './accelerators.ts';
import { lookAtFirmware } from './firmware.ts';
import { lookAtLibvirt } from './libvirt.ts';
import { HostMemory } from './memory.ts';
import { readPackageTable } from './package-table.ts';
import { lookForTool } from './programs.ts';
import { archiveKernel, hostKernel, isKernel } from './proof/kernel.ts';
import { lookAtQemu } from './qemu.ts';
import { lookAtSystem } from './system.ts';

export interface ProbeOptions {
  home: Home;
  signal: AbortSignal;
  /** Prove the accelerators again instead of trusting the cache. */
  refresh?: boolean;
  /** A kernel (bzImage) to prove accelerators with. Default: the host's own, else one from Debian's archive. */
  kernel?: string;
  /** False: nothing is downloaded or booted; what is not remembered stays unproved. */
  mayProve?: boolean;
  /** Tells of what takes seconds. */
  onNote?: (message: string) => void;
}

const MIB = 1024 * 1024;

/**
 * Looks at this machine. The first time it boots kernels and asks programs for their versions, which takes seconds;
 * then all that is remembered in the cache and costs milliseconds until the host changes.
 * @throws GoldsmithError `host-lacks` when `kernel` is no kernel; an AbortError.
 */
export async function probeHost(options: ProbeOptions): Promise<HostFacts> {
  const memory = new HostMemory(path.join(options.home.cache, 'host', 'facts.json'));
  const system = lookAtSystem();
  const [qemu, tools, libvirt] = await Promise.all([
    lookAtQemu(memory),
    Promise.all(readPackageTable().map(row => lookForTool(row, memory))),
    lookAtLibvirt(memory),
  ]);
  const accelerators = qemu ? await accelerate(qemu, system, memory, options) : [];
  memory.save();
  return {
    lookedAt: new Date().toISOString(),
    system,
    ...(qemu ? { qemu } : {}),
    accelerators,
    firmware: lookAtFirmware(),
    tools,
    libvirt,
    freeDiskMiB: await freeDiskMiB(options.home.store),
  };
}

const accelerate = (
  qemu: QemuFacts,
  system: HostSystem,
  memory: HostMemory,
  options: ProbeOptions,
): Promise<AcceleratorFacts[]> => {
  let kernel: Promise<string | undefined> | undefined;
  return lookAtAccelerators({
    qemu,
    system,
    memory,
    isRefreshed: options.refresh ?? false,
    signal: options.signal,
    kernel: () => (kernel ??= kernelForProof(options)),
    onNote: options.onNote ?? (() => {}),
  });
};

/** Without a kernel nothing is proved, and that is no failure: the host may have no mirror and no readable kernel. */
async function kernelForProof(options: ProbeOptions): Promise<string | undefined> {
  if (options.mayProve === false) return undefined;
  if (options.kernel !== undefined && !isKernel(options.kernel)) {
    throw new GoldsmithError('host-lacks', `${options.kernel} is no x86 kernel (bzImage).`);
  }
  const atHand = options.kernel ?? hostKernel();
  if (atHand) return atHand;
  options.onNote?.("Fetching a small kernel from Debian's archive, to see what this host can run.");
  return archiveKernel(options.home.cache, options.signal).catch((error: unknown) => {
    if (!(error instanceof GoldsmithError)) throw error;
    options.onNote?.(`No kernel could be had to prove the accelerators: ${error.message}`);
    return undefined;
  });
}

/** Of the file system that will hold `folder`, which may not exist yet. */
async function freeDiskMiB(folder: string): Promise<number> {
  let existing = folder;
  while (!existsSync(existing)) existing = path.dirname(existing);
  const { bavail, bsize } = await statfs(existing);
  return Math.floor((bavail * bsize) / MIB);
}
