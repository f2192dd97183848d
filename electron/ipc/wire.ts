import type { Stamped } from '../../core/model/event.ts';
import type { Failure } from '../../core/model/failure.ts';
import type { CallName, Reply, StreamControl, StreamKind, TidingName } from './contract.ts';

/**
 * What travels between a page and the engine, over a WebSocket or a MessagePort alike: JSON texts of these shapes,
 * and binary frames of streams (four bytes of stream number, big-endian, then the bytes).
 */
export type FromPage =
  | { t: 'call'; id: number; name: CallName; args: unknown }
  | { t: 'abort'; id: number }
  | { t: 'open'; stream: number; kind: StreamKind; args: unknown }
  | { t: 'control'; stream: number; value: StreamControl }
  | { t: 'credit'; stream: number; bytes: number }
  | { t: 'close'; stream: number };

export type FromEngine =
  | { t: 'reply'; id: number; reply: Reply<unknown> }
  | { t: 'event'; id: number; event: Stamped }
  | { t: 'tell'; name: TidingName; value: unknown }
  | { t: 'credit'; stream: number; bytes: number }
  | { t: 'closed'; stream: number; failure?: Failure };

/** A connection to the other side. Both hosts, WebSocket and MessagePort, are brought into this shape. */
export interface Link {
  sendText(text: string): void;
  sendBytes(bytes: Uint8Array): void;
  onText(listener: (text: string) => void): void;
  onBytes(listener: (bytes: Uint8Array) => void): void;
  onClose(listener: () => void): void;
  close(): void;
}

/** Bytes of one stream that may be under way, in each direction, before the receiver has taken some. */
export const WINDOW_BYTES = 1024 * 1024;

/** Largest piece of one binary frame. */
export const PIECE_BYTES = 64 * 1024;

/** Largest frame a page may send: a call with a large template, with room to spare. */
export const FRAME_BYTES = 1024 * 1024;

const HEADER_BYTES = 4;

export function packPiece(stream: number, bytes: Uint8Array): Uint8Array {
  const frame = new Uint8Array(HEADER_BYTES + bytes.length);
  new DataView(frame.buffer).setUint32(0, stream);
  frame.set(bytes, HEADER_BYTES);
  return frame;
}

/** Undefined for a frame that is too short to be one. */
export function unpackPiece(frame: Uint8Array): { stream: number; bytes: Uint8Array } | undefined {
  if (frame.length < HEADER_BYTES) return undefined;
  const stream = new DataView(frame.buffer, frame.byteOffset, frame.byteLength).getUint32(0);
  return { stream, bytes: frame.subarray(HEADER_BYTES) };
}
