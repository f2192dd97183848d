import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { carryDatagrams } from '../../../core/drivers/libvirt/datagrams.ts';

/** What the listener over there writes for one datagram. */
const packet = (text: string): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(text));
  return Buffer.concat([length, Buffer.from(text)]);
};

describe('datagrams that come through SSH', () => {
  const carried = async (act: (stream: PassThrough) => void, port = 9) => {
    const stream = new PassThrough();
    const result = carryDatagrams({ open: async () => stream }, '192.0.2.1', 514, port);
    await Promise.resolve();
    act(stream);
    return { isThere: await result, stream };
  };

  it('says that nothing listens, however the stream to it ends', async () => {
    expect((await carried(stream => stream.destroy(new Error('Premature close')))).isThere).toBe(false);
    expect((await carried(stream => stream.destroy())).isThere).toBe(false);
  });

  it('loses none that comes along with the word that it listens, however that is cut', async () => {
    const receiver = createSocket('udp4').bind(0, '127.0.0.1');
    await once(receiver, 'listening');
    const received = once(receiver, 'message');
    const bytes = Buffer.concat([packet(''), packet('<30>the first line')]);
    const { isThere, stream } = await carried(stream => {
      stream.write(bytes.subarray(0, 2));
      stream.write(bytes.subarray(2));
    }, receiver.address().port);
    expect(isThere).toBe(true);
    expect(String((await received)[0])).toBe('<30>the first line');
    stream.destroy();
    receiver.close();
  });
});
