import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Just enough of a VNC client (RFC 6143) to press keys. */
export class RfbKeyboard {
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  static async connect(path: string): Promise<RfbKeyboard> {
    const socket = connect(path);
    await once(socket, 'data'); // ProtocolVersion
    await ask(socket, Buffer.from('RFB 003.008\n')); // answered with the security types
    await ask(socket, Buffer.from([1])); // None; answered with SecurityResult
    await ask(socket, Buffer.from([1])); // shared; answered with ServerInit
    return new RfbKeyboard(socket);
  }

  press(keysym: number, isDown: boolean): void {
    const event = Buffer.alloc(8);
    event.writeUInt8(4, 0); // KeyEvent
    event.writeUInt8(isDown ? 1 : 0, 1);
    event.writeUInt32BE(keysym, 4);
    this.#socket.write(event);
  }

  close(): void {
    this.#socket.destroy();
  }
}

async function ask(socket: Socket, message: Buffer): Promise<void> {
  const answer = once(socket, 'data');
  socket.write(message);
  await answer;
}
