import { findLibrary } from '../drivers/libvirt/ffi/library.ts';
import type { Check } from '../model/engine.ts';
import { toFailure } from '../model/failure.ts';
import type { HostFacts } from '../model/host.ts';

const area = 'libvirt';

/** libvirt is never needed: what is missing is said, and only a daemon that is there and refuses us is worth a warning. */
export async function libvirtChecks({ libvirt }: Pick<HostFacts, 'libvirt'>): Promise<Check[]> {
  const { version, connections } = libvirt;
  if (version === undefined) return [{ area, what: 'libvirt is not installed (it is not needed)', state: 'ok' }];
  if (findLibrary('libvirt') === undefined) {
    const what = `libvirt ${version} is here without its library`;
    return [{ area, what, state: 'warning', fix: 'Install libvirt0 or libvirt-libs, or set GOLDSMITH_LIBVIRT_DIR.' }];
  }
  const idle: Check = { area, what: `libvirt ${version}; no daemon runs`, state: 'ok' };
  return connections.length === 0 ? [idle] : Promise.all(connections.map(uri => connectionCheck(uri, version)));
}

async function connectionCheck(uri: string, version: string): Promise<Check> {
  const { withConnection } = await import('../drivers/libvirt/connection.ts');
  try {
    await withConnection(uri, connection => connection.call('connectVersions'));
    return { area, what: `libvirt ${version}: ${uri} answers`, state: 'ok' };
  } catch (error) {
    const { message, hint } = toFailure(error);
    return { area, what: `${uri}: ${message}`, state: 'warning', ...(hint === undefined ? {} : { fix: hint }) };
  }
}
