import { crc32 } from 'node:zlib';
import { packPiece } from './deflate.ts';
import { inOrder } from './ordered.ts';

const WIDTH = 8;

/**
 * One gzip member (RFC 1952) of independently compressed pieces, made side by side as pigz does: each ends at a byte,
 * none ends the stream. It holds neither a name nor a time: the same pieces give the same bytes.
 */
export async function* gzip(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
  let crc = 0;
  let bytes = 0;
  const packed = inOrder(pieces, WIDTH, async piece => ({
    piece,
    data: await packPiece(piece),
  }));
  for await (const { piece, data } of packed) {
    crc = crc32(piece, crc);
    bytes += piece.length;
    yield data;
  }
  const trailer = Buffer.alloc(10);
  trailer.write('\x03\x00', 0, 'latin1'); // an empty last block
  trailer.writeUInt32LE(crc, 2);
  trailer.writeUInt32LE(bytes % 2 ** 32, 6);
  yield trailer;
}
