import { defaultMac, macOf } from '../../host/bridge.ts';
import { BOOT_INDEX, bootXml } from '../../machine/boot.ts';
import { consoleXml, type LibvirtConsole } from '../../machine/console.ts';
import { diskXml } from '../../machine/disk.ts';
import { entropyXml } from '../../machine/entropy.ts';
import { firmwareXml } from '../../machine/firmware.ts';
import { LibvirtBuses } from '../../machine/libvirt-bus.ts';
import { nicXml } from '../../machine/network.ts';
import { LIBVIRT_TYPES, processorXml } from '../../machine/processor.ts';
import { cdromXml, floppyXml } from '../../machine/removable.ts';
import { tpmXml } from '../../machine/tpm.ts';
import { attributes, type DevicePart, mergeElements, writeXml, type XmlElement } from '../../machine/xml.ts';
import type { ExtraXml } from '../../model/lab.ts';
import type { Machine, Nic } from '../../model/machine.ts';
import { mergeExtraXml } from './extra-xml.ts';
import { type Owner, ownerXml } from './ownership.ts';

export interface DomainOptions {
  /** With our prefix (ownership.ts). */
  name: string;
  uuid: string;
  owner: Owner;
  console: LibvirtConsole;
  /** A network of libvirt's for the cards, instead of QEMU's user network. */
  network?: string;
  /** XML of lab.yaml for what we do not model. */
  extraXml?: ExtraXml;
  /** Absolute path of QEMU; left out, libvirt takes its own default. */
  emulator?: string;
}

/** The switch that hands a machine's own raw arguments through (libvirt's QEMU namespace). */
const QEMU_NAMESPACE = 'http://libvirt.org/schemas/domain/qemu/1.0';

/** The libvirt domain of a machine, each device from its own file. */
export function domainXml(machine: Machine, options: DomainOptions): string {
  const { os, onReboot } = bootXml(machine);
  const passed = machine.extraArgs.map(value => attributes({ value }));
  const domain: XmlElement = {
    ...attributes({
      type: LIBVIRT_TYPES[machine.accelerator],
      'xmlns:qemu': passed.length > 0 ? QEMU_NAMESPACE : undefined,
    }),
    name: options.name,
    uuid: options.uuid,
    metadata: ownerXml(options.owner),
    ...processorXml(machine),
    os: {
      type: { ...attributes({ arch: archOf(machine), machine: machine.type }), '#text': 'hvm' },
      ...firmwareXml(machine.firmware),
      ...os,
    },
    clock: attributes({ offset: 'utc' }),
    on_poweroff: 'destroy',
    on_reboot: onReboot,
    on_crash: 'destroy',
    devices: mergeElements([
      ...(options.emulator === undefined ? [] : [{ emulator: options.emulator as unknown as XmlElement }]),
      ...placed(machine, devicesOf(machine, options)),
    ]),
    ...(passed.length > 0 ? { 'qemu:commandline': { 'qemu:arg': passed } } : {}),
  };
  return writeXml({ domain: mergeExtraXml(domain, options.extraXml) });
}

const archOf = ({ arch }: Machine): string => (arch === 'i386' ? 'i686' : arch);

/** In the order of QEMU's own arguments, so that the guest finds every device at the same place with both drivers. */
function devicesOf(machine: Machine, options: DomainOptions): DevicePart[] {
  const { console, network } = options;
  const buses = new LibvirtBuses(machine);
  return [
    { elements: { controller: attributes({ type: 'usb', model: 'none' }) } },
    ...machine.disks.flatMap((disk, nth) => diskXml(disk, BOOT_INDEX.disk + nth, buses)),
    ...machine.cdroms.flatMap((cd, nth) => cdromXml(cd, BOOT_INDEX.cdrom + nth, buses)),
    ...machine.floppies.map(floppyXml),
    ...machine.nics.map((nic, nth) => nicXml(nic, { network, mac: macFor(machine, nic, nth, options) })),
    ...consoleXml(console),
    entropyXml(),
    ...(machine.tpm ? [tpmXml(machine.tpm)] : []),
    { elements: { memballoon: attributes({ model: 'none' }) } },
  ];
}

/**
 * A card's address, the same at each start: an installed system may know its card by the one that its installer had.
 * On a network of its own it is what QEMU would give it, on another one it meets others. What a person keeps is
 * started from one definition, for which libvirt makes up an address that nobody else has.
 */
function macFor({ name }: Machine, nic: Nic, nth: number, { owner, network }: DomainOptions): string | undefined {
  if (nic.mac !== undefined || owner.kind === 'vm') return nic.mac;
  return network === undefined ? defaultMac(nth) : macOf(`${owner.id} ${name} ${nic.id}`);
}

/** The first free PCI slot of a board: 0 is its bridge, 1 the old board's ISA and IDE. */
const FIRST_SLOT = { q35: 1, i440fx: 2 } as const;

/**
 * PCI addresses as QEMU gives them by itself: libvirt would put everything behind root ports, and a Linux guest names
 * its network card by its address, so that an image made with one driver would look for a card that the other lacks.
 */
function placed({ type }: Machine, parts: DevicePart[]): XmlElement[] {
  const board = /q35/.test(type) ? 'q35' : /^pc($|-i440fx)/.test(type) ? 'i440fx' : undefined;
  if (!board) return parts.map(({ elements }) => elements);
  let slot: number = FIRST_SLOT[board];
  return parts.map(({ elements, takesSlot }) => (takesSlot ? withAddress(elements, slot++) : elements));
}

function withAddress(elements: XmlElement, slot: number): XmlElement {
  const address = attributes({ type: 'pci', domain: '0x0000', bus: '0x00', slot: hex(slot), function: '0x0' });
  return Object.fromEntries(
    Object.entries(elements).map(([name, element]) => [name, { ...(element as XmlElement), address }]),
  );
}

const hex = (value: number): string => `0x${value.toString(16).padStart(2, '0')}`;
