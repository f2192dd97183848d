import { promisify } from 'node:util';
import { constants, deflate, deflateRaw, type ZlibOptions } from 'node:zlib';

/**
 * A quarter less processor time than zlib's usual 6 for 0.3 % more bytes (measured on a Debian 13): the files stay below
 * 1.02 times those of gzip and qemu-img.
 */
const LEVEL = 5;
/** More than zlib adds to bytes that it cannot compress: the result comes in one piece, in one turn of a thread. */
const SPARE_BYTES = 4096;

const zlibForm = promisify<Buffer, ZlibOptions, Buffer>(deflate);
const rawForm = promisify<Buffer, ZlibOptions, Buffer>(deflateRaw);
const optionsFor = (block: Buffer): ZlibOptions => ({ level: LEVEL, chunkSize: block.length + SPARE_BYTES });

/** A block as a zlib stream (RFC 1950) of its own. In libuv's threads, as `packPiece`. */
export const packBlock = (block: Buffer): Promise<Buffer> => zlibForm(block, optionsFor(block));

/** A piece of a longer deflate stream (RFC 1951): it ends at a byte and does not end the stream. */
export const packPiece = (piece: Buffer): Promise<Buffer> =>
  rawForm(piece, { ...optionsFor(piece), finishFlush: constants.Z_SYNC_FLUSH });
