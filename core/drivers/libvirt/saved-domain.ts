import type { FileHandle } from 'node:fs/promises';
import { XMLParser } from 'fast-xml-parser';
import { writeXml, type XmlElement } from '../../machine/xml.ts';
import { GoldsmithError } from '../../model/failure.ts';
import { withHandle } from '../../store/durable.ts';

/**
 * The file that libvirt saves a machine's memory in (src/qemu/qemu_saveimage.h, virQEMUSaveHeader): a head, the
 * machine's XML and libvirt's own notes with room behind them, then QEMU's stream. The machine that goes on from it is
 * the one which that XML describes, so that another name, UUID and other disks there make it another machine.
 */
const MAGIC = 'LibvirtQemudSave';
const HEAD = { bytes: 92, version: 16, dataBytes: 20, notesAt: 32 } as const;
const VERSION = 2;
/** Far above any domain with its room. */
const MOST_DATA_BYTES = 16 * 1024 ** 2;

interface Saved {
  head: Buffer;
  xml: string;
  notes: Buffer;
  dataBytes: number;
}

/** Makes sure that a file can be gone back to. @throws GoldsmithError `unsupported` */
export const checkSaved = (file: string): Promise<void> =>
  withHandle(file, 'r', async handle => void (await read(handle)));

/** A saved memory of another machine: its XML, and what the file begins with instead. */
export interface Renamed {
  xml: string;
  beginning: Buffer;
}

/**
 * Makes the machine of a saved memory another one.
 * @param fresh as `renamed` @returns its XML @throws GoldsmithError `unsupported`
 */
export async function renameSaved(file: string, fresh: string): Promise<string> {
  const { xml, beginning } = await renamed(file, fresh);
  await withHandle(file, 'r+', handle => handle.write(beginning, 0, beginning.length, 0));
  return xml;
}

/**
 * What makes the machine of a saved memory another one; the file stays as it is.
 * @param fresh the domain that a new machine would have: names, files and sockets are taken from it, and all else stays,
 *   which is what the memory fits
 * @throws GoldsmithError `unsupported`
 */
export const renamed = (file: string, fresh: string): Promise<Renamed> =>
  withHandle(file, 'r', async handle => {
    const saved = await read(handle);
    const xml = moved(saved.xml, fresh);
    const text = Buffer.from(`${xml}\0`);
    if (text.length + saved.notes.length > saved.dataBytes)
      throw unusable('it has no room for the machine’s new names');
    const data = Buffer.alloc(saved.dataBytes);
    text.copy(data);
    saved.notes.copy(data, text.length);
    saved.head.writeUInt32LE(saved.notes.length > 0 ? text.length : 0, HEAD.notesAt);
    return { xml, beginning: Buffer.concat([saved.head, data]) };
  });

async function read(handle: FileHandle): Promise<Saved> {
  const head = Buffer.alloc(HEAD.bytes);
  await handle.read(head, 0, HEAD.bytes, 0);
  if (head.toString('latin1', 0, MAGIC.length) !== MAGIC) throw unusable('libvirt did not write it');
  const [version, dataBytes] = [head.readUInt32LE(HEAD.version), head.readUInt32LE(HEAD.dataBytes)];
  if (version !== VERSION || dataBytes > MOST_DATA_BYTES) throw unusable(`its form (${version}) is not known`);
  const data = Buffer.alloc(dataBytes);
  await handle.read(data, 0, dataBytes, HEAD.bytes);
  const notesAt = head.readUInt32LE(HEAD.notesAt);
  return {
    head,
    dataBytes,
    xml: textIn(data).toString(),
    notes: notesAt === 0 ? Buffer.alloc(0) : Buffer.from(`${textIn(data.subarray(notesAt))}\0`),
  };
}

/** Up to the first zero, as C reads it. */
function textIn(data: Buffer): Buffer {
  const end = data.indexOf(0);
  return end < 0 ? data : data.subarray(0, end);
}

const unusable = (reason: string): GoldsmithError =>
  new GoldsmithError('unsupported', `The saved memory cannot be gone back to: ${reason}.`, {
    hint: 'A checkpoint fits only the driver that took it.',
  });

interface Drive extends XmlElement {
  alias?: { '@_name': string } & XmlElement;
}

interface Domain extends XmlElement {
  os: XmlElement;
  devices: XmlElement & { disk?: Drive[]; serial?: XmlElement[] };
}

const LISTS: ReadonlySet<string> = new Set(['disk', 'serial']);
const parser = new XMLParser({
  ignoreAttributes: false,
  parseTagValue: false,
  isArray: (name, path) => LISTS.has(name) && path === `domain.devices.${name}`,
});

const parse = (xml: string): Domain => (parser.parse(xml) as { domain: Domain }).domain;

/** The saved domain where the fresh one is. */
function moved(savedXml: string, freshXml: string): string {
  const [saved, fresh] = [parse(savedXml), parse(freshXml)];
  const { console: _, ...devices } = saved.devices; // libvirt tells it of the serial port once more
  const domain = {
    ...saved,
    ...only(fresh, 'name', 'uuid', 'metadata'),
    os: { ...saved.os, ...only(fresh.os, 'nvram') },
    devices: {
      ...devices,
      ...only(fresh.devices, 'graphics'),
      disk: devices.disk?.map(drive => placed(drive, fresh.devices.disk ?? [])),
      // Its log and its socket, or a terminal that libvirt makes anew.
      serial: devices.serial?.map(({ source: _, ...port }, nth) => ({
        ...port,
        ...only(fresh.devices.serial?.[nth] ?? {}, 'source', 'log'),
      })),
    },
  };
  return writeXml({ domain });
}

/** On the file that it has now; a drive that was emptied stays empty. */
function placed(drive: Drive, fresh: Drive[]): XmlElement {
  const same = fresh.find(({ alias }) => alias?.['@_name'] === drive.alias?.['@_name']);
  if (!same || drive['source'] === undefined) return drive;
  const { backingStore: _, ...rest } = drive; // libvirt finds what the new file stands on
  return { ...rest, ...only(same, 'driver', 'source') };
}

const only = (element: XmlElement, ...names: string[]): XmlElement =>
  Object.fromEntries(names.flatMap(name => (element[name] === undefined ? [] : [[name, element[name]]])));
