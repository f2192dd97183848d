import type { ReadDisk } from '../gpt.ts';
import { type LvmSection, parseLvm } from './lvm-text.ts';
import type { Partition } from './partitions.ts';

const SECTOR = 512;
/** The label is in one of the first four sectors (lib/format_text/layout.h of LVM2). */
const LABEL = { sectors: 4, mark: 'LABELONE', type: 'LVM2 001', contents: 20 } as const;
/** Behind the identifier and the size: places of data, then places of metadata, each list ended by zeros. */
const PV = { identifierBytes: 32, areas: 40, areaBytes: 16 } as const;
const METADATA = { mark: ' LVM2 x[5A%r0N*>', markAt: 4, textAt: 40, textBytes: 48, headerBytes: 512 } as const;
/** No metadata of ours is larger, and a damaged length must not make us read for ever. */
const MAX_TEXT_BYTES = 4 * 1024 ** 2;

/**
 * The logical volumes of an LVM2 physical volume that lie on it in one piece, with the names that an fstab has for them.
 * @returns undefined where there is no physical volume
 */
export async function logicalVolumes(read: ReadDisk, { start }: Partition): Promise<Partition[] | undefined> {
  const head = await read(start, LABEL.sectors * SECTOR);
  const label = [0, 1, 2, 3].map(nth => nth * SECTOR).find(at => isLabel(head, at));
  if (label === undefined) return undefined;
  const header = head.subarray(label + head.readUInt32LE(label + LABEL.contents));
  const text = await metadataText(read, start, header);
  const identifier = header.toString('latin1', 0, PV.identifierBytes);
  return text === undefined ? [] : volumesOf(parseLvm(text), identifier, start);
}

const isLabel = (head: Buffer, at: number): boolean =>
  head.toString('latin1', at, at + 8) === LABEL.mark &&
  head.toString('latin1', at + 24, at + 32) === LABEL.type &&
  at + head.readUInt32LE(at + LABEL.contents) + PV.areas + 4 * PV.areaBytes <= head.length;

async function metadataText(read: ReadDisk, start: number, header: Buffer): Promise<string | undefined> {
  let at: number = PV.areas;
  const end = (): boolean => at + PV.areaBytes > header.length || header.readBigUInt64LE(at) === 0n;
  while (!end()) at += PV.areaBytes; // where its data lies is said again in the text
  at += PV.areaBytes;
  if (end()) return undefined;
  const area = { at: start + Number(header.readBigUInt64LE(at)), bytes: Number(header.readBigUInt64LE(at + 8)) };
  const metadata = await read(area.at, METADATA.headerBytes);
  const { mark, markAt } = METADATA;
  if (metadata.toString('latin1', markAt, markAt + mark.length) !== mark) return undefined;
  const textAt = Number(metadata.readBigUInt64LE(METADATA.textAt));
  const bytes = Number(metadata.readBigUInt64LE(METADATA.textBytes));
  if (bytes > MAX_TEXT_BYTES || textAt > area.bytes) return undefined;
  // The area is a ring: what does not fit at its end goes on behind its header.
  const first = Math.min(bytes, area.bytes - textAt);
  const rest = await read(area.at + METADATA.headerBytes, bytes - first);
  return Buffer.concat([await read(area.at + textAt, first), rest]).toString();
}

function volumesOf(root: LvmSection, identifier: string, start: number): Partition[] {
  const [group, about] = Object.entries(root).find(([, value]) => isSection(value)) ?? [];
  if (group === undefined || !isSection(about)) return [];
  const physical = Object.entries(section(about, 'physical_volumes')).find(
    ([, one]) => isSection(one) && String(one['id']).replaceAll('-', '') === identifier,
  );
  if (!physical || !isSection(physical[1])) return [];
  const extentBytes = Number(about['extent_size']) * SECTOR;
  const dataAt = start + Number(physical[1]['pe_start']) * SECTOR;
  return Object.entries(section(about, 'logical_volumes')).flatMap(([name, volume]) => {
    const piece = isSection(volume) ? onePiece(volume, physical[0]) : undefined;
    if (!piece) return [];
    const names = [`/dev/mapper/${doubled(group)}-${doubled(name)}`, `/dev/${group}/${name}`];
    return [{ start: dataAt + piece.start * extentBytes, length: piece.count * extentBytes, names }];
  });
}

/** Its first extent on the physical volume, and how many they are. Mirrors, stripes and more pieces than one: none. */
function onePiece(volume: LvmSection, physical: string): { start: number; count: number } | undefined {
  const segment = section(volume, 'segment1');
  const { type, stripe_count: stripes, stripes: place } = segment;
  if (volume['segment_count'] !== 1 || type !== 'striped' || stripes !== 1 || !Array.isArray(place)) return undefined;
  if (place[0] !== physical) return undefined;
  return { start: Number(place[1]), count: Number(segment['extent_count']) };
}

/** As the device mapper writes names: a dash between group and volume, so each of their own is doubled. */
const doubled = (name: string): string => name.replaceAll('-', '--');

const isSection = (value: unknown): value is LvmSection =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function section(of: LvmSection, name: string): LvmSection {
  const value = of[name];
  return isSection(value) ? value : {};
}
