import koffi from 'koffi';
import { withDomain } from './domain.ts';
import type { Native, Pointer } from './native.ts';

/** `VIR_DOMAIN_SAVE_PAUSED`. */
const PAUSED = 4;
/** `VIR_DOMAIN_BLOCK_COPY_REUSE_EXT`: the file is there already. */
const REUSE_FILE = 2;
/** `VIR_DOMAIN_BLOCK_JOB_ABORT_PIVOT`: the machine goes on with the copy. */
const PIVOT = 2;

koffi.struct('VirBlockJobInfo', { type: 'int', bandwidth: 'ulong', cur: 'ulonglong', end: 'ulonglong' });

/** What is done to a disk: `ready` once a copy is whole and kept up. */
export type BlockJobState = 'none' | 'copying' | 'ready';

/** Calls that go back to a saved memory, and that move a disk while its machine runs (libvirt-domain.h). */
export const momentCalls = (native: Native) => ({
  /** A machine as its saved memory's own header describes it; it stands. */
  domainRestore: (connection: Pointer, file: string): number =>
    native.int(
      'int virDomainRestoreFlags(void *c, const char *from, const char *dxml, uint flags)',
      connection,
      file,
      null,
      PAUSED,
    ),
  /** Ends a machine that is defined; its next start goes on from where it stood. */
  domainManagedSave: (connection: Pointer, uuid: string): number =>
    withDomain(native, connection, uuid, domain =>
      native.int('int virDomainManagedSave(void *d, uint flags)', domain, 0),
    ),
  domainIsSaved: (connection: Pointer, uuid: string): boolean =>
    withDomain(
      native,
      connection,
      uuid,
      domain => native.int('int virDomainHasManagedSaveImage(void *d, uint flags)', domain, 0) === 1,
    ),
  /** Gives up what is being saved; the machine goes on. */
  domainAbortJob: (connection: Pointer, uuid: string): number =>
    withDomain(native, connection, uuid, domain => native.int('int virDomainAbortJob(void *d)', domain)),
  /** Begins to copy a disk, by its target's name, into a file that is there; the copy is kept up until it is ended. */
  blockCopy: (connection: Pointer, uuid: string, target: string, xml: string): number =>
    withDomain(native, connection, uuid, domain =>
      native.int(
        'int virDomainBlockCopy(void *d, const char *disk, const char *xml, void *params, int count, uint flags)',
        domain,
        target,
        xml,
        null,
        0,
        REUSE_FILE,
      ),
    ),
  blockJob: (connection: Pointer, uuid: string, target: string): BlockJobState =>
    withDomain(native, connection, uuid, domain => {
      const info = {} as { cur: number; end: number };
      const prototype =
        'int virDomainGetBlockJobInfo(void *d, const char *disk, _Out_ VirBlockJobInfo *info, uint flags)';
      if (native.int(prototype, domain, target, info, 0) === 0) return 'none';
      return info.cur === info.end ? 'ready' : 'copying'; // libvirt says less until it is (qemuBlockJobInfoTranslate)
    }),
  /** Goes on with the copy alone; returns when that is so. */
  blockPivot: (connection: Pointer, uuid: string, target: string): number =>
    withDomain(native, connection, uuid, domain =>
      native.int('int virDomainBlockJobAbort(void *d, const char *disk, uint flags)', domain, target, PIVOT),
    ),
  /** Gives a copy up; the machine goes on as before. */
  blockAbort: (connection: Pointer, uuid: string, target: string): number =>
    withDomain(native, connection, uuid, domain =>
      native.int('int virDomainBlockJobAbort(void *d, const char *disk, uint flags)', domain, target, 0),
    ),
});
