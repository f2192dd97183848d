import { createSocket } from 'node:dgram';
import { shellQuote } from '../../guest/shell-quote.ts';
import { PacketReader } from '../qemu/first-packet.ts';
import type { Tunnel } from './tunnel.ts';

/**
 * Runs on the machine's host until its input ends: each datagram behind its length in four bytes, the first one empty
 * to say that it listens. Perl is part of every Debian and Fedora that holds libvirt; netcats differ in what they can.
 */
const LISTENER = `use IO::Socket::INET; use IO::Select; $| = 1;
my $socket = IO::Socket::INET->new(LocalAddr => $ARGV[0], LocalPort => $ARGV[1], Proto => "udp") or exit 1;
print pack "N", 0; my $both = IO::Select->new($socket, \\*STDIN);
while (my @ready = $both->can_read) { for (@ready) {
  if ($_ == $socket) { $socket->recv(my $data, 65535); print pack "N/a*", $data }
  else { exit unless sysread STDIN, my $any, 1024 } } }`;

/**
 * Leads datagrams through SSH, which itself carries none: those to a port of an address there, to one of our loopback.
 * They come as long as the tunnel's connection stands.
 * @returns false: nothing there listens
 */
export async function carryDatagrams(
  tunnel: Pick<Tunnel, 'open'>,
  address: string,
  there: number,
  port: number,
): Promise<boolean> {
  const command = ['perl', '-e', LISTENER, address, String(there)].map(shellQuote).join(' ');
  const stream = await tunnel.open(command);
  const out = createSocket('udp4').unref();
  const reader = new PacketReader();
  return new Promise(resolve => {
    stream.on('data', (chunk: Buffer) => {
      for (const datagram of reader.push(chunk)) {
        if (datagram.length === 0) resolve(true);
        else out.send(datagram, port, '127.0.0.1');
      }
    });
    stream.on('error', () => {}); // 'close' follows
    stream.on('close', () => {
      out.close();
      resolve(false);
    });
  });
}
