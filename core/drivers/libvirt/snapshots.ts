import { XMLParser } from 'fast-xml-parser';
import { attributes, writeXml } from '../../machine/xml.ts';
import type { VmSnapshot } from '../../model/vm.ts';
import { Connection } from './connection.ts';
import { forwardPort, readForwards } from './forward.ts';

const parser = new XMLParser({ ignoreAttributes: false, parseTagValue: false });

/** Memory and disks of a machine, in its own QCOW2 overlay; libvirt knows them, too. Gone with the machine. */
export async function openSnapshots({ uri, uuid }: { uri: string; uuid: string }) {
  const connection = await Connection.open(uri);
  return {
    list: async () => (await connection.call('snapshotList', uuid)).map(told).sort((a, b) => a.at.localeCompare(b.at)),
    save: async (name: string) => {
      const xml = writeXml({ domainsnapshot: { name, memory: attributes({ snapshot: 'internal' }) } });
      await connection.call('snapshotCreate', uuid, xml, 0);
    },
    load: (name: string) => load(connection, uuid, name),
    delete: async (name: string) => void (await connection.call('snapshotDelete', uuid, name)),
    close: () => connection.close(),
  };
}

/** libvirt starts another QEMU for it, which knows nothing of the ports that were led to the guest. */
async function load(connection: Connection, uuid: string, name: string): Promise<void> {
  const before = await readForwards(connection, uuid);
  await connection.call('snapshotRevert', uuid, name);
  const after = await readForwards(connection, uuid);
  for (const [guestPort, { port: hostPort }] of before) {
    if (!after.has(guestPort)) await forwardPort(connection, uuid, 0, { hostPort, guestPort });
  }
}

function told(xml: string): VmSnapshot {
  const { domainsnapshot } = parser.parse(xml) as { domainsnapshot: { name: string; creationTime: string } };
  const { name, creationTime } = domainsnapshot;
  return { name, at: new Date(Number(creationTime) * 1000).toISOString() };
}
