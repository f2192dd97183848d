import type { Native, Pointer } from './native.ts';

/** Seconds between two questions whether the daemon still lives, and how many may stay without an answer. */
const KEEP_ALIVE = { intervalS: 5, count: 3 } as const;

/** Calls on a connection (libvirt-host.h). They run on one of our threads. */
export const connectCalls = (native: Native) => ({
  /** The handle is the caller's: `connectClose` frees it. */
  connectOpen: (uri: string): Pointer => {
    const connection = native.pointer('void *virConnectOpen(const char *uri)', uri);
    // The test driver has no daemon to ask, and says so with an error of no interest.
    native.any(
      'int virConnectSetKeepAlive(void *c, int interval, uint count)',
      connection,
      KEEP_ALIVE.intervalS,
      KEEP_ALIVE.count,
    );
    return connection;
  },
  connectClose: (connection: Pointer): number => native.int('int virConnectClose(void *c)', connection),
  connectIsAlive: (connection: Pointer): boolean => native.int('int virConnectIsAlive(void *c)', connection) === 1,
  connectUri: (connection: Pointer): string => native.text('HeapText virConnectGetURI(void *c)', connection),
  connectHostname: (connection: Pointer): string => native.text('HeapText virConnectGetHostname(void *c)', connection),
  connectCapabilities: (connection: Pointer): string =>
    native.text('HeapText virConnectGetCapabilities(void *c)', connection),
  /** Of the library, the daemon and the hypervisor: `9000000` is 9.0.0. */
  connectVersions: (connection: Pointer): { library: number; daemon: number; hypervisor: number } => {
    const [library, daemon, hypervisor] = [[0], [0], [0]];
    native.int('int virGetVersion(_Out_ ulong *v, const char *type, _Out_ ulong *t)', library, null, null);
    native.int('int virConnectGetLibVersion(void *c, _Out_ ulong *v)', connection, daemon);
    native.int('int virConnectGetVersion(void *c, _Out_ ulong *v)', connection, hypervisor);
    const [one, two, three] = [library, daemon, hypervisor].map(([value]) => Number(value));
    return { library: one ?? 0, daemon: two ?? 0, hypervisor: three ?? 0 };
  },
  /** @throws NativeError when this host cannot have such machines */
  connectDomainCapabilities: (connection: Pointer, arch: string, machine: string, type: string): string =>
    native.text(
      'HeapText virConnectGetDomainCapabilities(void *c, const char *emulator, const char *arch, const char *machine, const char *type, uint flags)',
      connection,
      null,
      arch,
      machine,
      type,
      0,
    ),
});
