import { Transform, type TransformCallback } from 'node:stream';
import { crc32, deflateRawSync } from 'node:zlib';

/** Of the input: what comes out must fit into 16 bits, also when it does not become smaller (SAM specification, 4.1). */
const BLOCK_BYTES = 65_280;
const END = Buffer.from('1f8b08040000000000ff0600424302001b0003000000000000000000', 'hex');

/** gzip in blocks that can be found and read on their own: what `bgzip` writes and gunzip reads. */
export function bgzip(level: number | undefined): Transform {
  let rest = Buffer.alloc(0);
  const block = (data: Buffer): Buffer => blockOf(data, level);
  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= BLOCK_BYTES) {
        this.push(block(rest.subarray(0, BLOCK_BYTES)));
        rest = rest.subarray(BLOCK_BYTES);
      }
      done();
    },
    flush(done: TransformCallback) {
      if (rest.length > 0) this.push(block(rest));
      this.push(END);
      done();
    },
  });
}

function blockOf(data: Buffer, level: number | undefined): Buffer {
  const deflated = deflateRawSync(data, level === undefined ? {} : { level });
  const head = Buffer.from('1f8b08040000000000ff0600424302000000', 'hex');
  head.writeUInt16LE(head.length + deflated.length + 8 - 1, 16);
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(crc32(data), 0);
  tail.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, deflated, tail]);
}
