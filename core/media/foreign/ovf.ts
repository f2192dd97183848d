import { XMLParser } from 'fast-xml-parser';
import { z } from 'zod';
import { refuse } from './reader.ts';

/** What an import takes from an OVF descriptor. */
export interface OvfDescription {
  disks: { file: string; bytes: number | undefined }[];
  firmware: 'bios' | 'efi';
  cpus: number | undefined;
  memoryMiB: number | undefined;
}

const MAX_DISKS = 16;
const list = <T extends z.ZodType>(item: T) =>
  z.preprocess(value => (value === undefined ? [] : Array.isArray(value) ? value : [value]), z.array(item));

const schema = z.object({
  Envelope: z.object({
    References: z.object({
      File: list(
        z.object({
          '@_id': z.string(),
          '@_href': z.string(),
          '@_size': z.string().optional(),
          '@_compression': z.string().optional(),
          '@_chunkSize': z.string().optional(),
        }),
      ),
    }),
    DiskSection: z.preprocess(
      value => (value === '' ? {} : value),
      z.object({
        Disk: list(
          z.object({
            '@_diskId': z.string(),
            '@_fileRef': z.string().optional(),
            '@_parentRef': z.string().optional(),
          }),
        ),
      }),
    ),
  }),
});

/** Entities are neither declared nor expanded; attributes come without their prefixes. */
const parser = new XMLParser({
  ignoreAttributes: false,
  removeNSPrefix: true,
  processEntities: false,
  parseAttributeValue: false,
  parseTagValue: false,
});

/** Reads the descriptor of an OVA. @throws GoldsmithError `source-unsafe` for whatever leads out of the archive */
export function readOvf(file: string, text: string): OvfDescription {
  if (/<!(DOCTYPE|ENTITY)/i.test(text)) refuse(file, 'has a descriptor that declares a document type or entities');
  const parsed = schema.safeParse(parse(file, text));
  if (!parsed.success)
    return refuse(file, `has a descriptor that is no OVF: ${parsed.error.issues[0]?.path.join('.')}`);
  const { References, DiskSection } = parsed.data.Envelope;
  if (DiskSection.Disk.length === 0) refuse(file, 'describes no disk');
  if (DiskSection.Disk.length > MAX_DISKS) refuse(file, `describes more than ${MAX_DISKS} disks`);
  const disks = DiskSection.Disk.map(disk => {
    if (disk['@_parentRef'] !== undefined) refuse(file, 'has a disk that holds only differences to a parent');
    const entry = References.File.find(one => one['@_id'] === disk['@_fileRef']);
    if (!entry) return refuse(file, `has a disk ${disk['@_diskId']} without a file`);
    if (entry['@_compression'] !== undefined && entry['@_compression'] !== 'identity')
      refuse(file, 'has a compressed disk file');
    if (entry['@_chunkSize'] !== undefined) refuse(file, 'has a disk in several pieces');
    if (!/^[^/\\:]+$/.test(entry['@_href']))
      refuse(file, `has a disk at ${JSON.stringify(entry['@_href'].slice(0, 100))}`);
    const size = entry['@_size'];
    return { file: entry['@_href'], bytes: size === undefined ? undefined : Number(size) };
  });
  return { disks, ...hardwareOf(text) };
}

function parse(file: string, text: string): unknown {
  try {
    return parser.parse(text);
  } catch (error) {
    return refuse(file, `has a descriptor that is no XML: ${error instanceof Error ? error.message : ''}`);
  }
}

/** Hints only: what is not there, or not understood, gets the usual value. */
function hardwareOf(text: string): Pick<OvfDescription, 'firmware' | 'cpus' | 'memoryMiB'> {
  const isEfi = /key="firmware"[^>]*value="efi"/i.test(text);
  const amount = (type: number): number | undefined => {
    const items = text.match(/<(?:\w+:)?Item\b[\s\S]*?<\/(?:\w+:)?Item>/g) ?? [];
    const item = items.find(one => new RegExp(`ResourceType>${type}<`).test(one));
    const value = Number(/VirtualQuantity>(\d+)</.exec(item ?? '')?.[1]);
    return Number.isSafeInteger(value) && value > 0 ? value : undefined;
  };
  return { firmware: isEfi ? 'efi' : 'bios', cpus: amount(3), memoryMiB: amount(4) };
}
