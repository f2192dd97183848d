/** A line of `info usernet` for a listening forward: `TCP[HOST_FORWARD]  12  127.0.0.1  40123  10.0.2.15  22  0  0`. */
const HOST_FORWARD = /TCP\[HOST_FORWARD\]\s+\d+\s+(\S+)\s+(\d+)\s+\S+\s+(\d+)/g;

export type Forwards = Map<number, { host: string; port: number }>;

/** Which host port stands for which guest port, as QEMU's human monitor says it: with host port 0 only QEMU knows. */
export const parseForwards = (usernet: string): Forwards =>
  new Map(
    [...usernet.matchAll(HOST_FORWARD)].map(([, host = '', port, guest]) => [
      Number(guest),
      { host: host === '*' ? '127.0.0.1' : host, port: Number(port) },
    ]),
  );
