import { XMLParser } from 'fast-xml-parser';
import type { Accelerator, Machine } from '../../model/machine.ts';
import type { Connection } from './connection.ts';

interface GuestElement {
  arch: {
    '@_name': string;
    machine: (string | { '#text': string })[];
    domain: { '@_type': string }[];
  };
}

/**
 * A machine that was planned for this host, as another one can run it: boards are versioned by QEMU's release, and
 * what accelerates here says nothing of there. KVM is taken there where that libvirt lists it.
 * @param wanted what the lab says instead
 */
export async function adaptedTo(
  connection: Connection,
  machine: Machine,
  wanted: Accelerator | undefined,
): Promise<Machine> {
  const parser = new XMLParser({ ignoreAttributes: false, isArray: name => LISTS.has(name) });
  const { capabilities } = parser.parse(await connection.call('connectCapabilities')) as {
    capabilities: { guest?: GuestElement[] };
  };
  const arch = machine.arch === 'i386' ? 'i686' : machine.arch;
  const there = capabilities.guest?.find(guest => guest.arch['@_name'] === arch)?.arch;
  if (!there) return machine; // libvirt's own refusal says it best
  const boards = there.machine.map(board => (typeof board === 'string' ? board : board['#text']));
  const hasKvm = there.domain.some(domain => domain['@_type'] === 'kvm');
  const accelerator = wanted ?? (hasKvm ? 'kvm' : 'tcg');
  return {
    ...machine,
    type: boards.includes(machine.type) ? machine.type : familyOf(machine.type),
    accelerator,
    cpuModel: /^(host|max)\b/.test(machine.cpuModel) ? (ANY_CPU[accelerator] ?? 'max') : machine.cpuModel,
  };
}

const LISTS: ReadonlySet<string> = new Set(['guest', 'machine', 'domain']);
const ANY_CPU: Partial<Record<Accelerator, string>> = { kvm: 'host' };

/** `pc-q35-10.0` is a `q35`, `pc-i440fx-10.0` a `pc`: each QEMU's newest of them. */
const familyOf = (type: string): string =>
  /q35/.test(type) ? 'q35' : /^pc/.test(type) ? 'pc' : type.replace(/-\d[\d.]*$/, '');
