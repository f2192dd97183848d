import type { DiskInterface, Machine } from '../model/machine.ts';
import { attributes, type DevicePart, type XmlElement } from './xml.ts';

/** libvirt's name of each bus, how it names what is on it, and the controller that a SCSI bus is. */
const BUSES: Record<DiskInterface, { bus: string; prefix: string; model?: string }> = {
  virtio: { bus: 'virtio', prefix: 'vd' },
  'virtio-scsi': { bus: 'scsi', prefix: 'sd', model: 'virtio-scsi' },
  scsi: { bus: 'scsi', prefix: 'sd', model: 'lsilogic' },
  sata: { bus: 'sata', prefix: 'sd' },
  ide: { bus: 'ide', prefix: 'hd' },
  sd: { bus: 'sd', prefix: 'sd' },
};

/** Hands out what must be different for each drive of one machine: target names, units, controllers. */
export class LibvirtBuses {
  readonly #isPcie: boolean;
  readonly #targets = new Map<string, number>();
  readonly #controllers: string[] = [];
  readonly #units = new Map<string, number>();

  constructor(machine: Pick<Machine, 'type'>) {
    this.#isPcie = !/^(pc|pc-i440fx-.*|isapc)$/.test(machine.type);
  }

  /** Boards of today have no IDE: an IDE drive is on the board's SATA controller there, as with QEMU's own arguments. */
  busOf(kind: DiskInterface): (typeof BUSES)[DiskInterface] {
    return BUSES[kind === 'ide' && this.#isPcie ? 'sata' : kind];
  }

  /** `vda`, `vdb` and so on. */
  target(prefix: string): string {
    const nth = this.#targets.get(prefix) ?? 0;
    this.#targets.set(prefix, nth + 1);
    return prefix + (nth < 26 ? '' : letter(Math.floor(nth / 26) - 1)) + letter(nth % 26);
  }

  /** The SCSI controller of this model and the drive's place on it. */
  place(model: string): { controller: number; unit: number; isNew: boolean } {
    const isNew = !this.#controllers.includes(model);
    if (isNew) this.#controllers.push(model);
    const unit = this.#units.get(model) ?? 0;
    this.#units.set(model, unit + 1);
    return { controller: this.#controllers.indexOf(model), unit, isNew };
  }
}

const letter = (nth: number): string => String.fromCharCode('a'.charCodeAt(0) + nth);

/** What says on which bus a drive is, and the controllers that it needs first. */
export function busXml(
  kind: DiskInterface,
  buses: LibvirtBuses,
): { elements: XmlElement; controllers: DevicePart[]; takesSlot: boolean } {
  const { bus, prefix, model } = buses.busOf(kind);
  const target = attributes({ dev: buses.target(prefix), bus });
  if (model === undefined) return { elements: { target }, controllers: [], takesSlot: bus === 'virtio' };
  const { controller, unit, isNew } = buses.place(model);
  const address = attributes({ type: 'drive', controller, bus: 0, target: 0, unit });
  const part = { elements: { controller: attributes({ type: 'scsi', index: controller, model }) }, takesSlot: true };
  return { elements: { target, address }, controllers: isNew ? [part] : [], takesSlot: false };
}
