import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GoldsmithError } from '../../model/failure.ts';
import type { Destination, Held } from '../driver.ts';
import type { Qmp } from './qmp.ts';

/** QEMU's monitor, or a way to it. */
type Monitor = Pick<Qmp, 'execute'>;

/**
 * Holds back the guest's first attempt to connect somewhere. QEMU's filter-redirector hands us what the guest sends,
 * each packet behind its length in four bytes (net/filter-mirror.c), and takes back what we let pass. A guest whose
 * SYN got no answer asks again a second later: so a moment saved here is exactly the one before the connection, and a
 * machine that goes back to it connects anew.
 */

/** What travels with a packet while it passes us: 64 KiB is more than any guest sends at once. */
const LENGTH_BYTES = 4;
const CONNECT_TRIES = 100;
const CONNECT_POLL_MS = 20;
const AGAIN_MS = 200;

const ETHERNET = { bytes: 14, typeAt: 12, ipv4: 0x0800 } as const;
/** RFC 791, RFC 9293. */
const TCP = { protocol: 6, syn: 0x02, ack: 0x10 } as const;

/** Whether a packet opens a TCP connection to one of these ports. */
export function opensConnection(packet: Buffer, to: Destination): boolean {
  if (packet.length < ETHERNET.bytes + 40 || packet.readUInt16BE(ETHERNET.typeAt) !== ETHERNET.ipv4) return false;
  const ip = packet.subarray(ETHERNET.bytes);
  const headerBytes = (ip.readUInt8(0) & 0x0f) * 4;
  if (ip.readUInt8(9) !== TCP.protocol || ip.length < headerBytes + 20) return false;
  const address = [...ip.subarray(16, 20)].join('.');
  const tcp = ip.subarray(headerBytes);
  const flags = tcp.readUInt8(13);
  const isSyn = (flags & TCP.syn) !== 0 && (flags & TCP.ack) === 0;
  return isSyn && address === to.host && to.ports.includes(tcp.readUInt16BE(2));
}

/** Cuts a stream into the packets in it. */
export class PacketReader {
  #rest: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): Buffer[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const packets: Buffer[] = [];
    while (this.#rest.length >= LENGTH_BYTES) {
      const end = LENGTH_BYTES + this.#rest.readUInt32BE(0);
      if (this.#rest.length < end) break;
      packets.push(Buffer.from(this.#rest.subarray(LENGTH_BYTES, end)));
      this.#rest = this.#rest.subarray(end);
    }
    return packets;
  }
}

export function framed(packet: Buffer): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(packet.length);
  return Buffer.concat([length, packet]);
}

const FILTER = 'held-packets';
const CHARDEVS = { out: `${FILTER}-out`, in: `${FILTER}-in` } as const;

/**
 * @param netdev the guest's network, by its id
 * @throws GoldsmithError `qemu-failed` where this network cannot be filtered
 */
export async function holdFirstPacket(
  qmp: Monitor,
  runtimeDir: string,
  netdev: string,
  to: Destination,
): Promise<Held> {
  const sockets = await openSockets(qmp, runtimeDir);
  let seen: (isSeen: boolean) => void = () => {};
  const isSeen = new Promise<boolean>(resolve => {
    seen = resolve;
  });
  const kept: Buffer[] = [];
  const reader = new PacketReader();
  let isOpen = false;
  sockets.out.on('data', (chunk: Buffer) => {
    for (const packet of reader.push(chunk)) {
      if (isOpen || (kept.length === 0 && !opensConnection(packet, to))) sockets.in.write(framed(packet));
      else {
        kept.push(packet);
        seen(true);
      }
    }
  });
  sockets.out.on('close', () => seen(false));
  await qmp.execute('object-add', {
    'qom-type': 'filter-redirector',
    id: FILTER,
    netdev,
    queue: 'rx',
    outdev: CHARDEVS.out,
    indev: CHARDEVS.in,
  });
  let released: Promise<void> | undefined;
  const letGo = (): Promise<void> => {
    isOpen = true;
    for (const packet of kept.splice(0)) sockets.in.write(framed(packet));
    released ??= takeAway(qmp, sockets);
    return released;
  };
  return { isSeen, letGo };
}

interface Sockets {
  out: Socket;
  in: Socket;
}

async function openSockets(qmp: Monitor, runtimeDir: string): Promise<Sockets> {
  const open = async (id: string): Promise<Socket> => {
    const file = path.join(runtimeDir, id);
    const addr = { type: 'unix', data: { path: file } };
    const backend = { type: 'socket', data: { addr, server: true, wait: false } };
    await qmp.execute('chardev-add', { id, backend });
    return connected(file);
  };
  return { out: await open(CHARDEVS.out), in: await open(CHARDEVS.in) };
}

async function connected(file: string): Promise<Socket> {
  for (let attempt = 0; attempt < CONNECT_TRIES; attempt++) {
    const socket = connect(file);
    const isOpen = await new Promise<boolean>(resolve => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    if (isOpen) return socket.on('error', () => {}).unref();
    await sleep(CONNECT_POLL_MS);
  }
  throw new GoldsmithError('qemu-failed', `QEMU does not answer on ${file}.`);
}

/** The filter first: from then on packets take their own way. What still travels to us is handed back meanwhile. */
async function takeAway(qmp: Monitor, sockets: Sockets): Promise<void> {
  await sleep(CONNECT_POLL_MS); // what was written last has to be read by QEMU first
  // A daemon between us and the monitor may be down just now: until it is back, packets pass through us.
  while (!sockets.out.destroyed && !(await isFilterGone(qmp))) await sleep(AGAIN_MS, undefined, { ref: false });
  for (const socket of [sockets.out, sockets.in]) socket.destroy();
  for (const id of Object.values(CHARDEVS)) await quiet(qmp.execute('chardev-remove', { id }));
}

/** Asks for it, and looks: an answer may be lost with the daemon that was to bring it. */
async function isFilterGone(qmp: Monitor): Promise<boolean> {
  await quiet(qmp.execute('object-del', { id: FILTER }));
  const objects = await quiet(qmp.execute('qom-list', { path: '/objects' }));
  return objects !== undefined && !(objects as { name: string }[]).some(({ name }) => name === FILTER);
}

/** Undefined where it failed: the machine may be gone. */
const quiet = (work: Promise<unknown>): Promise<unknown> => work.catch(() => undefined);
