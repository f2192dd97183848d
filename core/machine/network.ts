import type { Nic } from '../model/machine.ts';
import { type ArgumentGroup, json } from './arguments.ts';

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
