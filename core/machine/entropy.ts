import { type ArgumentGroup, json } from './arguments.ts';
import { attributes, type DevicePart } from './xml.ts';

/** Without it a fresh guest waits for randomness before sshd can make its keys. */
export const entropyArguments = (): ArgumentGroup => ({
  owner: '',
  args: [
    ...json('-object', { 'qom-type': 'rng-random', id: 'rng0', filename: '/dev/urandom' }),
    ...json('-device', { driver: 'virtio-rng-pci', id: 'rng0-dev', rng: 'rng0' }),
  ],
});

export const entropyXml = (): DevicePart => ({
  elements: {
    rng: {
      ...attributes({ model: 'virtio' }),
      backend: { ...attributes({ model: 'random' }), '#text': '/dev/urandom' },
      alias: attributes({ name: 'ua-rng0' }),
    },
  },
  takesSlot: true,
});
