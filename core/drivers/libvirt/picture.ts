import { crc32, deflateSync } from 'node:zlib';
import { GoldsmithError } from '../../model/failure.ts';

const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** `P6`, width, height, largest value: the header of a binary PPM (netpbm's ppm(5)) as QEMU writes it. */
const PPM_HEADER = /^P6\s+(\d+)\s+(\d+)\s+255\s/;

/** A screen as PNG: hypervisors of today give it so, older ones as PPM. @throws GoldsmithError `unsupported` */
export function toPng(type: string, image: Buffer): Buffer {
  if (image.subarray(0, PNG_SIGNATURE.length).equals(PNG_SIGNATURE)) return image;
  const header = PPM_HEADER.exec(image.toString('latin1', 0, 64));
  if (!header) throw new GoldsmithError('unsupported', `The screen comes as ${type}, which is not known.`);
  return encodePng(Number(header[1]), Number(header[2]), image.subarray(header[0].length));
}

/** RGB, eight bits each, no filter (RFC 2083). */
function encodePng(width: number, height: number, rgb: Buffer): Buffer {
  const rows = Array.from({ length: height }, (_, y) => [
    Buffer.of(0),
    rgb.subarray(y * width * 3, (y + 1) * width * 3),
  ]);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    PNG_SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows.flat()))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(typed));
  return Buffer.concat([length, typed, check]);
}
