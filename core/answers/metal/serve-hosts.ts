import { GoldsmithError, type Problem } from '../../model/failure.ts';
import type { Lab, LabHost } from '../../model/lab.ts';
import { nearest } from '../../model/nearest.ts';
import { inUrl } from '../listen.ts';
import { startAnswerServer } from '../server.ts';
import type { ToldRequest } from '../service.ts';
import type { TemplateValues } from '../template/engine.ts';
import { Desk, type HostState } from './desk.ts';
import { renderHost } from './render-host.ts';

export interface ServeHostsOptions {
  /** One address of this host; never a wildcard. */
  bind: string;
  /** 0: any free one. */
  port: number;
  /** The name machines know this host by, where it is not the address. */
  name?: string;
  tls?: { cert: Buffer; key: Buffer };
  /** Only these machines; empty: all of the lab's. */
  hosts: readonly string[];
  /** Values of the command line. */
  set: TemplateValues;
  /** How long a machine may fetch its answers after its first request. */
  lifetimeMs: number;
  signal: AbortSignal;
  onRequest(request: ToldRequest): void;
  onState(name: string, state: HostState): void;
}

export interface HostServer {
  base: string;
  desk: Desk;
  /** What lint says of the rendered answers. */
  problems: Problem[];
  close(): Promise<void>;
}

/** Machines of a rack start together; half-open connections are held besides them. */
const MAX_CONNECTIONS = 2048;
const EXPIRY_CHECK_MS = 1000;

/**
 * Serves the answers of a lab's machines until it is closed: the build's server (an immutable map, no file access, one
 * address, checked `Host`), with a secret folder for each machine.
 * @throws GoldsmithError `not-found` for a machine that the lab does not have, what rendering and listening throw
 */
export async function serveHosts(lab: Lab, options: ServeHostsOptions): Promise<HostServer> {
  const hosts = chosen(lab, options.hosts);
  let desk: Desk | undefined;
  const server = await startAnswerServer(
    { signal: options.signal, emit: () => {} },
    {
      files: new Map(),
      bind: options.bind,
      portMin: options.port,
      portMax: options.port,
      advertisedHost: options.name ?? options.bind,
      maxConnections: MAX_CONNECTIONS,
      ...(options.tls === undefined ? {} : { tls: options.tls }),
      onRequest: request => desk && answered(desk, request),
    },
  );
  const answered = (at: Desk, request: ToldRequest): void => {
    options.onRequest({ ...request, path: at.shown(request.path) });
    const isWhole = request.method === 'GET' && request.status === 200 && request.bytes > 0;
    const turned = isWhole ? at.fetched(request.path, Date.now()) : undefined;
    if (!turned) return;
    options.onState(turned.name, turned.state);
    server.replace(at.files());
  };
  const base = `${options.tls === undefined ? 'http' : 'https'}://${inUrl(options.name ?? options.bind)}:${server.port}`;
  desk = new Desk(
    base,
    options.lifetimeMs,
    hosts.map(({ name }) => name),
  );
  for (const host of hosts) desk.take(await renderHost(lab, host, desk.baseOf(host.name), options.set));
  server.replace(desk.files());
  const at = desk;
  const timer = setInterval(() => {
    const ended = at.expire(Date.now());
    for (const name of ended) options.onState(name, 'done');
    if (ended.length > 0) server.replace(at.files());
  }, EXPIRY_CHECK_MS); // it also keeps the process, which the server alone does not
  const close = async (): Promise<void> => {
    clearInterval(timer);
    await server.close();
  };
  return { base, desk, problems: desk.problems(), close };
}

function chosen(lab: Lab, names: readonly string[]): LabHost[] {
  if (lab.hosts.length === 0)
    throw new GoldsmithError('not-found', `${lab.file} names no machines.`, {
      hint: "Write hosts: {metal/host1: {mac: '…', templates: FOLDER}}.",
    });
  if (names.length === 0) return lab.hosts;
  return names.map(name => {
    const host = lab.hosts.find(one => one.name === name);
    if (host) return host;
    const known = lab.hosts.map(one => one.name);
    const near = nearest(name, known);
    throw new GoldsmithError('not-found', `The lab has no machine ${JSON.stringify(name)}.`, {
      hint: near === undefined ? `There are ${known.join(', ')}.` : `Did you mean ${near}?`,
    });
  });
}
