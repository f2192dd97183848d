import { findLibrary } from '../host/library.ts';
import type { Check, LibvirtInfo } from '../model/engine.ts';
import type { HostFacts } from '../model/host.ts';

const area = 'libvirt';

/** Whether connections can be asked at all. */
export const hasLibrary = ({ libvirt }: Pick<HostFacts, 'libvirt'>): boolean =>
  libvirt.version !== undefined && findLibrary('libvirt') !== undefined;

/** libvirt is never needed: what is missing is said, and only one that is there and refuses us is worth a warning. */
export function libvirtChecks({ libvirt }: Pick<HostFacts, 'libvirt'>, libvirts: LibvirtInfo[]): Check[] {
  const { version } = libvirt;
  if (version === undefined) return [{ area, what: 'libvirt is not installed (it is not needed)', state: 'ok' }];
  if (!hasLibrary({ libvirt })) {
    const what = `libvirt ${version} is here without its library`;
    return [{ area, what, state: 'warning', fix: 'Install libvirt0 or libvirt-libs, or set GOLDSMITH_LIBVIRT_DIR.' }];
  }
  if (libvirts.length === 0) return [{ area, what: `libvirt ${version}; no daemon runs`, state: 'ok' }];
  return libvirts.map(connectionCheck);
}

function connectionCheck({ uri, reason, hint, ...told }: LibvirtInfo): Check {
  if (reason !== undefined) {
    return { area, what: `${uri}: ${reason}`, state: 'warning', ...(hint === undefined ? {} : { fix: hint }) };
  }
  const { version, domains, ours } = told;
  return { area, what: `libvirt ${version}: ${uri} answers; ${domains} machines, ${ours} of Goldsmith`, state: 'ok' };
}
