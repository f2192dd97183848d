import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { objectValue, textValue, type Value } from '../hcl/value.ts';

const SYSTEMS: Record<string, string> = { win32: 'windows' };
const ARCHITECTURES: Record<string, string> = { x64: 'amd64', ia32: '386' };

/** What the data source `host-info` (a plugin that bento uses) says of this host. */
export function hostInfo(): Value {
  const system = osRelease();
  return objectValue([
    ['os_type', textValue(SYSTEMS[process.platform] ?? process.platform)],
    ['version', textValue(system.get('VERSION_ID') ?? release())],
    ['architecture', textValue(ARCHITECTURES[process.arch] ?? process.arch)],
    ['platform', textValue(system.get('ID') ?? process.platform)],
    ['family', textValue(system.get('ID_LIKE')?.split(' ')[0] ?? system.get('ID') ?? 'standalone')],
  ]);
}

/** `/etc/os-release` by its keys; empty where there is none. */
function osRelease(): Map<string, string> {
  try {
    const lines = readFileSync('/etc/os-release', 'utf8').matchAll(/^(\w+)=(?:"(.*)"|(.*))$/gm);
    return new Map([...lines].map(([, key = '', quoted, plain]) => [key, quoted ?? plain ?? '']));
  } catch {
    return new Map();
  }
}
