import type { Problem } from '../../model/failure.ts';
import { makeToken } from '../address.ts';
import { lintServed } from '../lint/lint.ts';
import { grubDisk, grubInstall, grubStart, ipxeDisk, ipxeInstall, ipxeStart } from './boot-scripts.ts';
import type { RenderedHost } from './render-host.ts';

/** `waiting`: to be installed; `installing`: it has its way in; `done`: its way in is gone. */
export type HostState = 'waiting' | 'installing' | 'done';

interface Seat {
  token: string;
  state: HostState;
  rendered?: RenderedHost;
  /** When its way in ends, ms since the epoch. */
  until?: number;
}

/**
 * Which machine may fetch what, and for how long. Each has a secret folder of its own, named in its boot script, which is
 * given once; the folder is gone when the machine says it is done, or its time is up. Knows nothing of sockets.
 */
export class Desk {
  readonly #seats = new Map<string, Seat>();

  constructor(
    readonly base: string,
    readonly lifetimeMs: number,
    names: readonly string[],
  ) {
    for (const name of names) this.#seats.set(name, { token: makeToken(), state: 'waiting' });
  }

  /** URL of a machine's own folder. */
  baseOf = (name: string): string => `${this.base}/${this.#seats.get(name)?.token ?? ''}`;

  stateOf = (name: string): HostState | undefined => this.#seats.get(name)?.state;

  take(rendered: RenderedHost): void {
    const seat = this.#seats.get(rendered.host.name);
    if (seat) seat.rendered = rendered;
  }

  problems = (): Problem[] => [...this.#seats.values()].flatMap(({ rendered }) => lintServed(rendered?.files ?? []));

  /** Everything that may be fetched now. */
  files(): Map<string, Buffer> {
    const files = new Map<string, Buffer>([['/health', Buffer.from('ok\n')]]);
    const put = (name: string, text: string): void => void files.set(name, Buffer.from(text));
    const isSecure = this.base.startsWith('https:');
    put(
      '/boot.ipxe',
      ipxeStart(
        this.base,
        [...this.#seats].filter(([, seat]) => isUnnamed(seat)).map(([name]) => name),
      ),
    );
    if (!isSecure) put('/grub/grub.cfg', grubStart(this.base)); // GRUB speaks no TLS
    for (const [name, seat] of this.#seats) {
      for (const at of ipxePaths(name, seat)) put(at, this.#ipxe(name, seat));
      if (!isSecure) for (const at of grubPaths(seat)) put(at, this.#grub(name, seat));
      if (seat.state === 'done') continue;
      for (const [file, content] of seat.rendered?.files ?? []) files.set(`/${seat.token}${file}`, content);
      put(`/${seat.token}/done`, 'done\n');
    }
    return files;
  }

  #ipxe = (name: string, { state, rendered }: Seat): string =>
    state !== 'waiting' || !rendered?.boot ? ipxeDisk(name) : ipxeInstall(name, rendered.boot);

  #grub = (name: string, { state, rendered }: Seat): string =>
    state !== 'waiting' || !rendered?.boot ? grubDisk(name) : grubInstall(name, rendered.boot);

  /**
   * What a request that was answered in full means.
   * @returns the machine whose state it changed: `files` are others then
   */
  fetched(path: string, now: number): { name: string; state: HostState } | undefined {
    for (const [name, seat] of this.#seats) {
      const isScript = [...ipxePaths(name, seat), ...grubPaths(seat)].includes(path);
      const isOwn = path.startsWith(`/${seat.token}/`);
      const isStart = isOwn || (isScript && seat.rendered?.boot !== undefined);
      if (seat.state === 'waiting' && isStart)
        return this.#turn(name, seat, 'installing', { until: now + this.lifetimeMs });
      if (isOwn && path === `/${seat.token}/done`) return this.#turn(name, seat, 'done', {});
    }
    return undefined;
  }

  /** Ends what has had its time. @returns whose */
  expire(now: number): string[] {
    const ended = [...this.#seats].filter(
      ([, { state, until }]) => state === 'installing' && until !== undefined && until <= now,
    );
    for (const [name, seat] of ended) this.#turn(name, seat, 'done', {});
    return ended.map(([name]) => name);
  }

  #turn(name: string, seat: Seat, state: HostState, more: Partial<Seat>): { name: string; state: HostState } {
    Object.assign(seat, { state, ...more });
    return { name, state };
  }

  /** A path without secrets, for logs. */
  shown(path: string): string {
    for (const [name, { token }] of this.#seats) if (path.includes(token)) return path.replaceAll(token, `<${name}>`);
    return path;
  }

  /** Machines with their states, for people. */
  list = (): { name: string; state: HostState }[] => [...this.#seats].map(([name, { state }]) => ({ name, state }));
}

const isUnnamed = ({ rendered }: Seat): boolean =>
  rendered !== undefined && rendered.host.mac === undefined && rendered.host.uuid === undefined;

const ipxePaths = (name: string, { rendered }: Seat): string[] => [
  ...(rendered?.host.mac === undefined ? [] : [`/ipxe/mac/${rendered.host.mac.replaceAll(':', '-')}`]),
  ...(rendered?.host.uuid === undefined ? [] : [`/ipxe/uuid/${rendered.host.uuid}`]),
  ...(rendered?.host.mac === undefined && rendered?.host.uuid === undefined ? [`/ipxe/name/${name}`] : []),
];

const grubPaths = ({ rendered }: Seat): string[] =>
  rendered?.host.mac === undefined ? [] : [`/grub/mac/${rendered.host.mac}`];
