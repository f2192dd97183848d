import { withDomain } from './domain.ts';
import type { Native, Pointer } from './native.ts';

/** How a snapshot is made (virDomainSnapshotCreateFlags). */
export const SNAPSHOT = { noMetadata: 4, diskOnly: 16, reuseFiles: 32, atomic: 128, live: 256 } as const;

/** Calls on the snapshots of a domain (libvirt-domain-snapshot.h), each named by its connection, UUID and name. */
export const snapshotCalls = (native: Native) => {
  const freeing = <T>(snapshot: Pointer, work: () => T): T => {
    try {
      return work();
    } finally {
      native.any('int virDomainSnapshotFree(void *s)', snapshot);
    }
  };
  const named = (connection: Pointer, uuid: string, name: string, prototype: string): number =>
    withDomain(native, connection, uuid, domain => {
      const lookup = 'void *virDomainSnapshotLookupByName(void *d, const char *name, uint flags)';
      const snapshot = native.pointer(lookup, domain, name, 0);
      return freeing(snapshot, () => native.int(prototype, snapshot, 0));
    });
  return {
    /** As XML each, in no order. */
    snapshotList: (connection: Pointer, uuid: string): string[] =>
      withDomain(native, connection, uuid, domain => {
        const out: (Pointer | null)[] = [null];
        const prototype = 'int virDomainListAllSnapshots(void *d, _Out_ void **snapshots, uint flags)';
        const count = native.int(prototype, domain, out, 0);
        return native
          .takeArray(out[0] ?? null, count)
          .map(snapshot =>
            freeing(snapshot, () =>
              native.text('HeapText virDomainSnapshotGetXMLDesc(void *s, uint flags)', snapshot, 0),
            ),
          );
      }),
    /** @param flags `SNAPSHOT` */
    snapshotCreate: (connection: Pointer, uuid: string, xml: string, flags: number): number =>
      withDomain(native, connection, uuid, domain => {
        const prototype = 'void *virDomainSnapshotCreateXML(void *d, const char *xml, uint flags)';
        return freeing(native.pointer(prototype, domain, xml, flags), () => 0);
      }),
    snapshotRevert: (connection: Pointer, uuid: string, name: string): number =>
      named(connection, uuid, name, 'int virDomainRevertToSnapshot(void *s, uint flags)'),
    snapshotDelete: (connection: Pointer, uuid: string, name: string): number =>
      named(connection, uuid, name, 'int virDomainSnapshotDelete(void *s, uint flags)'),
  };
};
