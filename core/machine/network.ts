import type { Nic } from '../model/machine.ts';
import { type ArgumentGroup, json } from './arguments.ts';
import { attributes, type DevicePart, type XmlElement } from './xml.ts';

/** Packer calls its first network `user.0`; recipes' own `-device` switches refer to it by that name. */
export const netdevId = (index: number): string => `user.${index}`;

/** A network card. Forwarded ports listen on 127.0.0.1 and nowhere else; host port 0 lets the system choose. */
export function nicArguments(nic: Nic, index: number): ArgumentGroup[] {
  const id = netdevId(index);
  const backend =
    nic.kind === 'bridge'
      ? { type: 'bridge', id, br: nic.bridge }
      : {
          type: 'user',
          id,
          hostfwd: nic.forwards.map(({ hostPort, guestPort }) => ({ str: `tcp:127.0.0.1:${hostPort}-:${guestPort}` })),
        };
  return [
    { owner: '-netdev', args: json('-netdev', backend) },
    // Packer puts its own card back after a recipe's `-device`, so those never replace it.
    {
      owner: '',
      args: json('-device', { driver: nic.model, id: nic.id, netdev: id, ...(nic.mac ? { mac: nic.mac } : {}) }),
    },
  ];
}

/** libvirt's names for QEMU's devices, where they differ. */
const LIBVIRT_MODELS: Partial<Record<string, string>> = {
  'virtio-net-pci': 'virtio',
  'virtio-net': 'virtio',
};

/** libvirt's name of a card's backend in QEMU, to which ports are forwarded when the machine stands ready. */
export const libvirtNetdevId = (index: number): string => `hostnet${index}`;

/** What a card is plugged into on libvirt. */
export interface LibvirtCable {
  /** A network of libvirt's, instead of QEMU's own user network. */
  network?: string | undefined;
  /** The card's own address; undefined: libvirt makes one up. */
  mac?: string | undefined;
}

/** The same card for libvirt. */
export const nicXml = (nic: Nic, { network, mac }: LibvirtCable): DevicePart => ({
  elements: {
    interface: {
      ...nicSource(nic, network),
      ...(mac === undefined ? {} : { mac: attributes({ address: mac }) }),
      model: attributes({ type: LIBVIRT_MODELS[nic.model] ?? nic.model }),
    },
  },
  takesSlot: true,
});

function nicSource(nic: Nic, network: string | undefined): XmlElement {
  if (nic.kind === 'bridge') return { ...attributes({ type: 'bridge' }), source: attributes({ bridge: nic.bridge }) };
  if (network === undefined) return attributes({ type: 'user' });
  return { ...attributes({ type: 'network' }), source: attributes({ network }) };
}
