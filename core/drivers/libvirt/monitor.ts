import { GoldsmithError } from '../../model/failure.ts';
import type { Connection } from './connection.ts';

/** QEMU's own protocol through libvirt, for what that has no call for. @throws GoldsmithError `qemu-failed` as `Qmp` */
export const monitorOf = (connection: Connection, uuid: string) => ({
  execute: async (command: string, args?: Record<string, unknown>): Promise<unknown> => {
    const request = JSON.stringify({ execute: command, ...(args ? { arguments: args } : {}) });
    const answer = JSON.parse(await connection.call('domainMonitor', uuid, request, 'qmp')) as {
      return?: unknown;
      error?: { desc: string };
    };
    if (answer.error) throw new GoldsmithError('qemu-failed', `QEMU: ${answer.error.desc}`);
    return answer.return;
  },
});
