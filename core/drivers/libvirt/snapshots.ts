import { XMLParser } from 'fast-xml-parser';
import { attributes, writeXml } from '../../machine/xml.ts';
import type { VmSnapshot } from '../../model/engine.ts';
import { Connection } from './connection.ts';

const parser = new XMLParser({ ignoreAttributes: false, parseTagValue: false });

/** Memory and disks of a machine, in its own QCOW2 overlay; libvirt knows them, too. Gone with the machine. */
export async function openSnapshots({ uri, uuid }: { uri: string; uuid: string }) {
  const connection = await Connection.open(uri);
  return {
    list: async () => (await connection.call('snapshotList', uuid)).map(told).sort((a, b) => a.at.localeCompare(b.at)),
    save: async (name: string) => {
      const xml = writeXml({ domainsnapshot: { name, memory: attributes({ snapshot: 'internal' }) } });
      await connection.call('snapshotCreate', uuid, xml);
    },
    load: async (name: string) => void (await connection.call('snapshotRevert', uuid, name)),
    delete: async (name: string) => void (await connection.call('snapshotDelete', uuid, name)),
    close: () => connection.close(),
  };
}

function told(xml: string): VmSnapshot {
  const { domainsnapshot } = parser.parse(xml) as { domainsnapshot: { name: string; creationTime: string } };
  const { name, creationTime } = domainsnapshot;
  return { name, at: new Date(Number(creationTime) * 1000).toISOString() };
}
