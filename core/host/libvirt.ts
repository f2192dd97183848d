import { existsSync } from 'node:fs';
import path from 'node:path';
import type { LibvirtFacts } from '../model/host.ts';
import type { HostMemory } from './memory.ts';
import { findProgram, programVersion } from './programs.ts';

/** Any one of these says that libvirt is installed, and of which version. */
const PROGRAMS = ['virtqemud', 'libvirtd', 'virsh'];
/** Of the modular daemon and of the old one. */
const SOCKETS = ['virtqemud-sock', 'libvirt-sock'];

/** Whether libvirt is here, and which of its daemons have their socket. Connects to none. */
export async function lookAtLibvirt(memory: HostMemory, env: NodeJS.ProcessEnv = process.env): Promise<LibvirtFacts> {
  const program = PROGRAMS.map(name => findProgram(name)).find(found => found !== undefined);
  const version = program && (await programVersion(program, memory));
  const folders: [connection: string, folder: string | undefined][] = [
    ['qemu:///system', '/run/libvirt'],
    ['qemu:///session', env['XDG_RUNTIME_DIR'] && path.join(env['XDG_RUNTIME_DIR'], 'libvirt')],
  ];
  const connections = folders.filter(
    ([, folder]) => folder && SOCKETS.some(name => existsSync(path.join(folder, name))),
  );
  return { ...(version ? { version } : {}), connections: connections.map(([connection]) => connection) };
}
