/**
 * Reads from an ELF file (64 bit, little endian) the libraries it names as needed. A script or text needs none.
 * Format: System V ABI, "ELF-64 Object File Format" (program header, dynamic section).
 */
export function neededLibraries(file: Buffer): string[] {
  if (file.length < 64 || file.toString('latin1', 0, 4) !== '\x7fELF') return [];
  const segments = programHeaders(file);
  const dynamic = segments.find(segment => segment.type === PT_DYNAMIC);
  if (!dynamic) return [];
  const entries = dynamicEntries(file, dynamic);
  const table = entries.find(entry => entry.tag === DT_STRTAB);
  if (!table) return [];
  const strings = fileOffset(segments, table.value);
  return entries.filter(entry => entry.tag === DT_NEEDED).map(entry => textAt(file, strings + entry.value));
}

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const DT_NEEDED = 1;
const DT_STRTAB = 5;

interface Segment {
  type: number;
  offset: number;
  address: number;
  size: number;
}

const word = (file: Buffer, offset: number): number => Number(file.readBigUInt64LE(offset));

function programHeaders(file: Buffer): Segment[] {
  const [start, size, count] = [word(file, 32), file.readUInt16LE(54), file.readUInt16LE(56)];
  return Array.from({ length: count }, (_, index) => {
    const at = start + index * size;
    return {
      type: file.readUInt32LE(at),
      offset: word(file, at + 8),
      address: word(file, at + 16),
      size: word(file, at + 32),
    };
  });
}

function dynamicEntries(file: Buffer, dynamic: Segment): { tag: number; value: number }[] {
  return Array.from({ length: Math.floor(dynamic.size / 16) }, (_, index) => {
    const at = dynamic.offset + index * 16;
    return { tag: word(file, at), value: word(file, at + 8) };
  });
}

/** Addresses are of the loaded program; the segment that holds one says where it lies in the file. */
function fileOffset(segments: Segment[], address: number): number {
  const holds = (s: Segment) => s.type === PT_LOAD && address >= s.address && address < s.address + s.size;
  const segment = segments.find(holds);
  return segment ? address - segment.address + segment.offset : address;
}

const textAt = (file: Buffer, offset: number): string => file.toString('latin1', offset, file.indexOf(0, offset));
