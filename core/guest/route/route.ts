import type { Duplex } from 'node:stream';

/** A way to a guest that is no connection of this host's own. */
export interface Route {
  /** The guest's address, where the way itself finds it. */
  readonly found?: string | undefined;
  /**
   * Connects to an address as it is seen from the far end. A second call may come before the first has ended.
   * @throws RouteError when another attempt may succeed; GoldsmithError when none will; the reason of `signal`
   */
  open(host: string, port: number, signal: AbortSignal): Promise<Duplex>;
  /** Ends all its connections. Safe to call twice. */
  close(): void;
}

/** An attempt came to nothing; why, in the words of whoever refused it. */
export class RouteError extends Error {
  constructor(
    /** `no-way`: not even the far end of the way was reached. The others are about the guest. */
    readonly end: 'refused' | 'silent' | 'no-way',
    message: string,
  ) {
    super(message);
  }
}
