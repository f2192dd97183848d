import { once } from 'node:events';
import net from 'node:net';

export interface SocksServer {
  port: number;
  /** `HOST:PORT` of each connection that was asked for. */
  asked: string[];
  stop(): void;
}

/** A SOCKS5 server (RFC 1928) that knows CONNECT; with a login, only with it (RFC 1929). */
export async function socksServer(login?: { user: string; password: string }): Promise<SocksServer> {
  const asked: string[] = [];
  const sockets = new Set<net.Socket>();
  const server = net.createServer(socket => {
    sockets.add(socket.on('error', () => undefined).once('close', () => sockets.delete(socket)));
    void serve(socket, asked, login).catch(() => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const stop = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { port: address && typeof address === 'object' ? address.port : 0, asked, stop };
}

const next = async (socket: net.Socket): Promise<Buffer> => (await once(socket, 'data'))[0] as Buffer;

async function serve(socket: net.Socket, asked: string[], login?: { user: string; password: string }): Promise<void> {
  const offered = [...(await next(socket)).subarray(2)];
  const method = login ? 2 : 0;
  if (!offered.includes(method)) return void socket.end(Buffer.from([5, 0xff]));
  socket.write(Buffer.from([5, method]));
  if (login && !(await isRight(socket, login))) return;
  const request = await next(socket);
  const isName = request[3] === 3;
  const host = isName
    ? request.subarray(5, 5 + (request[4] ?? 0)).toString()
    : [...request.subarray(4, 8)].map(String).join('.');
  const port = request.readUInt16BE(request.length - 2);
  asked.push(`${host}:${port}`);
  const target = net.connect(port, host);
  const answer = (code: number): boolean => socket.write(Buffer.from([5, code, 0, 1, 127, 0, 0, 1, 0, 0]));
  target.once('error', () => {
    answer(5);
    socket.end();
  });
  await once(target, 'connect');
  answer(0);
  socket.pipe(target).pipe(socket);
}

async function isRight(socket: net.Socket, login: { user: string; password: string }): Promise<boolean> {
  const given = await next(socket);
  const userLength = given[1] ?? 0;
  const user = given.subarray(2, 2 + userLength).toString();
  const password = given.subarray(3 + userLength).toString();
  const isSame = user === login.user && password === login.password;
  socket.write(Buffer.from([1, isSame ? 0 : 1]));
  if (!isSame) socket.end();
  return isSame;
}
