import { createServer, type Server, type Socket } from 'node:net';

/**
 * A small VNC server (RFB 3.8, RFC 6143) with a screen of one colour that changes at each request and at each key:
 * what is measured is the way, not a guest.
 */
export const WIDTH = 1024;
export const HEIGHT = 768;
const PIXEL_BYTES = 4;
const HEAD_BYTES = 16;
const KEY_EVENT = 4;
const UPDATE_REQUEST = 3;
/** Length of each message a client sends; SetEncodings is longer by its list, ClientCutText by its text. */
const LENGTHS: Record<number, (bytes: Buffer) => number> = {
  0: () => 20,
  2: bytes => 4 + 4 * bytes.readUInt16BE(2),
  3: () => 10,
  4: () => 8,
  5: () => 6,
  6: bytes => 8 + bytes.readUInt32BE(4),
};

export function startRfbServer(path: string): Promise<Server> {
  const server = createServer(serve);
  return new Promise(resolve => server.listen(path, () => resolve(server)));
}

function serve(socket: Socket): void {
  let rest = Buffer.alloc(0);
  let phase = 0;
  let colour = 0;
  const greetings: [number, () => void][] = [
    [12, () => socket.write(Buffer.from([1, 1]))],
    [1, () => socket.write(Buffer.alloc(4))],
    [1, () => socket.write(serverInit())],
  ];
  // One for all: whoever asks for the next has the last one whole.
  const picture = blankUpdate();
  const update = (): void => void socket.write(picture.fill(colour++ & 0xff, HEAD_BYTES));
  socket.on('error', () => {});
  socket.write('RFB 003.008\n');
  socket.on('data', (bytes: Buffer) => {
    rest = Buffer.concat([rest, bytes]);
    for (;;) {
      const greeting = greetings[phase];
      const type = rest[0] ?? 0;
      const length = greeting ? greeting[0] : rest.length >= 8 || type === 5 ? (LENGTHS[type]?.(rest) ?? 1) : 10;
      if (rest.length < length) return;
      rest = rest.subarray(length);
      if (greeting) {
        phase++;
        greeting[1]();
      } else if (type === UPDATE_REQUEST) update();
      else if (type === KEY_EVENT) socket.write(Buffer.from([2])); // a bell: the shortest answer there is
    }
  });
}

function serverInit(): Buffer {
  const name = Buffer.from('bench');
  const bytes = Buffer.alloc(24);
  bytes.writeUInt16BE(WIDTH, 0);
  bytes.writeUInt16BE(HEIGHT, 2);
  Buffer.from([32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0]).copy(bytes, 4);
  bytes.writeUInt32BE(name.length, 20);
  return Buffer.concat([bytes, name]);
}

/** The head of an update with the whole screen, raw, and room for it. */
function blankUpdate(): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES + WIDTH * HEIGHT * PIXEL_BYTES);
  bytes.writeUInt32BE(1, 0);
  bytes.writeUInt16BE(WIDTH, 8);
  bytes.writeUInt16BE(HEIGHT, 10);
  return bytes;
}
