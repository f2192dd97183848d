import { expect, it } from 'vitest';
import { framed, opensConnection, PacketReader } from '../../core/drivers/qemu/first-packet.ts';

/** Ethernet, IPv4 and TCP without options (RFC 791, RFC 9293). */
function packet(host: string, port: number, flags: number): Buffer {
  const bytes = Buffer.alloc(14 + 20 + 20);
  bytes.writeUInt16BE(0x0800, 12);
  bytes.writeUInt8(0x45, 14);
  bytes.writeUInt8(6, 14 + 9);
  Buffer.from(host.split('.').map(Number)).copy(bytes, 14 + 16);
  bytes.writeUInt16BE(port, 34 + 2);
  bytes.writeUInt8(flags, 34 + 13);
  return bytes;
}

const [SYN, ACK] = [0x02, 0x10];
const to = { host: '10.0.2.2', ports: [8123, 9000] };

it('knows the first packet of a connection to the answers, or to the proxy they are asked through', () => {
  expect(opensConnection(packet('10.0.2.2', 8123, SYN), to)).toBe(true);
  expect(opensConnection(packet('10.0.2.2', 9000, SYN), to)).toBe(true);
  expect(opensConnection(packet('10.0.2.2', 80, SYN), to)).toBe(false);
  expect(opensConnection(packet('10.0.2.3', 8123, SYN), to)).toBe(false);
  expect(opensConnection(packet('10.0.2.2', 8123, SYN | ACK), to)).toBe(false);
  expect(opensConnection(packet('10.0.2.2', 8123, SYN).subarray(0, 30), to)).toBe(false);
});

it('cuts a stream into packets, wherever it was cut before', () => {
  const packets = [packet('10.0.2.2', 8123, SYN), Buffer.from('x'), packet('10.0.2.2', 9000, ACK)];
  const stream = Buffer.concat(packets.map(framed));
  const reader = new PacketReader();
  const read = [...stream].flatMap((_byte, at) => reader.push(stream.subarray(at, at + 1)));
  expect(read.map(one => one.toString('hex'))).toEqual(packets.map(one => one.toString('hex')));
});
