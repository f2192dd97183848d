import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Transform } from 'node:stream';

/** What a broken mirror does to the files of such a path. */
export interface Spoil {
  path: RegExp;
  how: 'gone' | 'flipped';
}

export interface SpoilingProxy {
  port: number;
  /** What it spoils from now on; undefined: nothing. */
  spoil: Spoil | undefined;
  close(): void;
}

/** An HTTP proxy on the loopback address that brings everything as it is, but for what it spoils. */
export async function startSpoilingProxy(): Promise<SpoilingProxy> {
  const server = createServer((asked, reply) => {
    const { spoil } = proxy;
    const isSpoiled = spoil?.path.test(asked.url ?? '') ?? false;
    if (isSpoiled && spoil?.how === 'gone') reply.writeHead(404).end();
    else bring(asked, reply, isSpoiled);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: SpoilingProxy = {
    port: (server.address() as AddressInfo).port,
    spoil: undefined,
    close: () => void server.close(),
  };
  return proxy;
}

function bring(asked: IncomingMessage, reply: ServerResponse, isFlipped: boolean): void {
  const { method, headers } = asked;
  const upstream = request(asked.url ?? '', { method, headers }, answer => {
    reply.writeHead(answer.statusCode ?? 502, answer.headers);
    if (isFlipped) answer.pipe(flipOneByte()).pipe(reply);
    else answer.pipe(reply);
  });
  upstream.on('error', () => reply.writeHead(502).end());
  asked.pipe(upstream);
}

/** Behind the head of a signed text, and in the midst of a package. */
const FLIPPED_AT = 2000;

function flipOneByte(): Transform {
  let passed = 0;
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      const at = FLIPPED_AT - passed;
      if (at >= 0 && at < chunk.length) chunk.writeUInt8(chunk.readUInt8(at) ^ 1, at);
      passed += chunk.length;
      done(null, chunk);
    },
  });
}
