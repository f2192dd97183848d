import { z } from 'zod';
import { run } from '../exec.ts';
import type { QemuFacts } from '../model/host.ts';
import type { HostMemory } from './memory.ts';
import { fileStamp, findProgram, programVersion } from './programs.ts';

const MachineTypes = z.record(z.string(), z.string());
const HELP_TIMEOUT_MS = 20_000;

/** QEMU for x86-64 guests. Undefined: it is not here, or what is here is not QEMU. */
export async function lookAtQemu(memory: HostMemory, name = 'qemu-system-x86_64'): Promise<QemuFacts | undefined> {
  const path = name.startsWith('/') ? name : findProgram(name);
  const version = path && (await programVersion(path, memory));
  return version ? { path, version, machineTypes: await machineTypes(path, memory) } : undefined;
}

async function machineTypes(qemu: string, memory: HostMemory): Promise<Record<string, string>> {
  const key = `machine types ${qemu}`;
  const remembered = memory.recall(key, fileStamp(qemu), MachineTypes);
  if (remembered) return remembered;
  const { stdout } = await run(qemu, ['-machine', 'help'], { timeoutMs: HELP_TIMEOUT_MS });
  const types = parseMachineTypes(stdout);
  memory.remember(key, fileStamp(qemu), types);
  return types;
}

/** Lines such as `q35   Standard PC (Q35 + ICH9, 2009) (alias of pc-q35-10.0)`. */
export const parseMachineTypes = (help: string): Record<string, string> =>
  Object.fromEntries([...help.matchAll(/^(\S+)\s.*\(alias of (\S+)\)/gm)].map(([, alias, type]) => [alias, type]));
