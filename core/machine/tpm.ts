import type { Tpm } from '../model/machine.ts';
import { type ArgumentGroup, commaSafe, json } from './arguments.ts';
import { attributes, type DevicePart } from './xml.ts';

/** A TPM emulated by swtpm, which listens on `socket`. */
export const tpmArguments = (tpm: Tpm, socket: string): ArgumentGroup => ({
  owner: '-tpmdev',
  args: [...tpmBackend(socket).args, ...json('-device', { driver: tpm.device, tpmdev: 'tpm0' })],
});

/** Only what stands behind the device, under the name that Packer gives it. */
export const tpmBackend = (socket: string): ArgumentGroup => ({
  owner: '-tpmdev',
  args: [
    '-chardev',
    `socket,id=tpm0-socket,path=${commaSafe(socket)}`,
    '-tpmdev',
    'emulator,id=tpm0,chardev=tpm0-socket',
  ],
});

/** libvirt starts and ends swtpm itself. */
export const tpmXml = (tpm: Tpm): DevicePart => ({
  elements: {
    tpm: { ...attributes({ model: tpm.device }), backend: attributes({ type: 'emulator', version: tpm.version }) },
  },
});
