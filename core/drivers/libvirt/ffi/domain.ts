import koffi from 'koffi';
import { type Native, NativeError, type Pointer } from './native.ts';
import { withStream } from './stream.ts';

/** `VIR_ERR_NO_DOMAIN_METADATA`, and what the test driver says instead. */
const NO_METADATA: ReadonlySet<number> = new Set([80]);
/** `VIR_DOMAIN_METADATA_ELEMENT`. */
const METADATA_ELEMENT = 2;
/** `VIR_UUID_STRING_BUFLEN`. */
const UUID_TEXT_BYTES = 37;

/** `VIR_DOMAIN_*` states that a machine has while it exists (libvirt-domain.h, virDomainState). */
export const DOMAIN_STATES = {
  1: 'running',
  2: 'blocked',
  3: 'paused',
  4: 'shutting-down',
  5: 'off',
  6: 'crashed',
  7: 'suspended',
} as const;
export type DomainState = (typeof DOMAIN_STATES)[keyof typeof DOMAIN_STATES] | 'unknown';

export interface DomainEntry {
  name: string;
  uuid: string;
  isActive: boolean;
  isPersistent: boolean;
  /** Our metadata element as XML; undefined: this domain is not ours. */
  metadata?: string;
}

/** How a machine is created (virDomainCreateFlags). */
export const CREATE = { paused: 1, autodestroy: 2, validate: 16 } as const;
/** How a definition is removed: with what libvirt keeps for it, but without our UEFI variables (virDomainUndefineFlags). */
const UNDEFINE = 1 | 2 | 8 | 16;

/**
 * Calls on a domain (libvirt-domain.h). A domain is named by its connection and UUID; its handle lives as long as one
 * call, so that none can be forgotten.
 */
export const domainCalls = (native: Native) => {
  const within = <T>(connection: Pointer, uuid: string, work: (domain: Pointer) => T): T =>
    withDomain(native, connection, uuid, work);
  const simply = (prototype: string) => (connection: Pointer, uuid: string) =>
    within(connection, uuid, domain => native.int(prototype, domain));
  const flagged = (prototype: string, flags: number) => (connection: Pointer, uuid: string) =>
    within(connection, uuid, domain => native.int(prototype, domain, flags));
  return {
    domainList: (connection: Pointer, metadataUri: string): DomainEntry[] => {
      const out: (Pointer | null)[] = [null];
      const count = native.int('int virConnectListAllDomains(void *c, _Out_ void **d, uint flags)', connection, out, 0);
      return native
        .takeArray(out[0] ?? null, count)
        .map(domain => freeing(native, domain, () => entryOf(native, domain, metadataUri)));
    },
    /** @returns its UUID @throws NativeError `VIR_ERR_NO_DOMAIN` */
    domainByName: (connection: Pointer, name: string): string => {
      const domain = native.pointer('void *virDomainLookupByName(void *c, const char *name)', connection, name);
      return freeing(native, domain, () => uuidOf(native, domain));
    },
    domainMetadata: (connection: Pointer, uuid: string, metadataUri: string): string | undefined =>
      within(connection, uuid, domain => metadataOf(native, domain, metadataUri)),
    /** Makes and starts a domain that is gone when it ends. @returns its UUID */
    domainCreate: (connection: Pointer, xml: string, flags: number): string => {
      const domain = native.pointer(
        'void *virDomainCreateXML(void *c, const char *xml, uint flags)',
        connection,
        xml,
        flags,
      );
      return freeing(native, domain, () => uuidOf(native, domain));
    },
    /** The hypervisor's own arguments for a definition; makes nothing. */
    domainToNative: (connection: Pointer, xml: string): string =>
      native.text(
        'HeapText virConnectDomainXMLToNative(void *c, const char *format, const char *xml, uint flags)',
        connection,
        'qemu-argv',
        xml,
        0,
      ),
    domainDefine: (connection: Pointer, xml: string): string => {
      const domain = native.pointer(
        'void *virDomainDefineXMLFlags(void *c, const char *xml, uint flags)',
        connection,
        xml,
        0,
      );
      return freeing(native, domain, () => uuidOf(native, domain));
    },
    domainUndefine: flagged('int virDomainUndefineFlags(void *d, uint flags)', UNDEFINE),
    domainStart: flagged('int virDomainCreateWithFlags(void *d, uint flags)', 0),
    domainDestroy: flagged('int virDomainDestroyFlags(void *d, uint flags)', 0),
    /** The ACPI power button, whatever the guest makes of it. */
    domainPowerButton: flagged('int virDomainShutdownFlags(void *d, uint flags)', 1),
    domainReset: flagged('int virDomainReset(void *d, uint flags)', 0),
    domainSuspend: simply('int virDomainSuspend(void *d)'),
    domainResume: simply('int virDomainResume(void *d)'),
    domainSetAutostart: (connection: Pointer, uuid: string, isOn: boolean) =>
      within(connection, uuid, domain =>
        native.int('int virDomainSetAutostart(void *d, int on)', domain, isOn ? 1 : 0),
      ),
    domainState: (connection: Pointer, uuid: string): { state: DomainState; reason: number } =>
      within(connection, uuid, domain => {
        const [state, reason] = [[0], [0]];
        native.int('int virDomainGetState(void *d, _Out_ int *s, _Out_ int *r, uint flags)', domain, state, reason, 0);
        return { state: DOMAIN_STATES[state[0] as 1] ?? 'unknown', reason: reason[0] ?? 0 };
      }),
    domainXml: (connection: Pointer, uuid: string): string =>
      within(connection, uuid, domain => native.text('HeapText virDomainGetXMLDesc(void *d, uint flags)', domain, 0)),
    /** Presses keys together and lets them go after `holdMs`; Linux key codes (input-event-codes.h). */
    domainSendKeys: (connection: Pointer, uuid: string, keys: number[], holdMs: number) =>
      within(connection, uuid, domain =>
        native.int(
          'int virDomainSendKey(void *d, uint codeset, uint holdMs, uint *keys, int count, uint flags)',
          domain,
          0,
          holdMs,
          keys,
          keys.length,
          0,
        ),
      ),
    /** Physical memory of the guest (`VIR_MEMORY_PHYSICAL`); libvirt gives at most 64 KiB at once. */
    domainPeek: (connection: Pointer, uuid: string, start: number, bytes: number): Uint8Array =>
      within(connection, uuid, domain => {
        const buffer = new Uint8Array(bytes);
        native.int(
          'int virDomainMemoryPeek(void *d, ulonglong start, size_t size, _Out_ uint8_t *buffer, uint flags)',
          domain,
          start,
          bytes,
          buffer,
          2,
        );
        return buffer;
      }),
    /** The screen as the hypervisor gives it: PNG, or PPM from older ones. */
    domainScreenshot: (connection: Pointer, uuid: string): { type: string; image: Uint8Array } =>
      within(connection, uuid, domain =>
        withStream(native, connection, stream => {
          const type = native.text(
            'HeapText virDomainScreenshot(void *d, void *s, uint screen, uint flags)',
            domain,
            stream.pointer,
            0,
            0,
          );
          return { type, image: stream.readAll() };
        }),
      ),
    /** A descriptor of this process that speaks RFB; only with a daemon of this host. */
    domainOpenGraphics: (connection: Pointer, uuid: string): number =>
      within(connection, uuid, domain =>
        native.int('int virDomainOpenGraphicsFD(void *d, uint index, uint flags)', domain, 0, 0),
      ),
    /** Changes a running machine's device, also against the guest's will (`VIR_DOMAIN_DEVICE_MODIFY_LIVE | _FORCE`). */
    domainUpdateDevice: (connection: Pointer, uuid: string, xml: string) =>
      within(connection, uuid, domain =>
        native.int('int virDomainUpdateDeviceFlags(void *d, const char *xml, uint flags)', domain, xml, 1 | 4),
      ),
    /** A command of QEMU's monitor (libvirt-qemu.h), for what libvirt has no call for: a person's, or one of QMP as JSON. */
    domainMonitor: (connection: Pointer, uuid: string, command: string, language: 'human' | 'qmp'): string =>
      within(connection, uuid, domain => {
        const out: (Pointer | null)[] = [null];
        native.int(
          'int virDomainQemuMonitorCommand(void *d, const char *cmd, _Out_ void **result, uint flags)',
          domain,
          command,
          out,
          language === 'human' ? 1 : 0,
        );
        const [result] = out;
        if (result === null || result === undefined) return '';
        const text = koffi.decode(result, 'char', -1) as string;
        koffi.free(result);
        return text;
      }),
    /** Addresses of a guest by where they are known: 0 leases, 1 agent, 2 ARP (virDomainInterfaceAddressesSource). */
    domainAddresses: (connection: Pointer, uuid: string, source: 0 | 1 | 2): DomainAddress[] =>
      within(connection, uuid, domain => addressesOf(native, domain, source)),
  };
};

export interface DomainAddress {
  mac: string;
  addresses: string[];
}

koffi.struct('VirIPAddress', { type: 'int', addr: 'char *', prefix: 'uint' });
koffi.struct('VirInterface', { name: 'char *', hwaddr: 'char *', naddrs: 'uint', addrs: 'void *' });

function addressesOf(native: Native, domain: Pointer, source: number): DomainAddress[] {
  const out: (Pointer | null)[] = [null];
  const count = native.int(
    'int virDomainInterfaceAddresses(void *d, _Out_ void **i, uint source, uint flags)',
    domain,
    out,
    source,
    0,
  );
  return native.takeArray(out[0] ?? null, count).map(pointer => {
    const { hwaddr, naddrs, addrs } = koffi.decode(pointer, 'VirInterface') as {
      hwaddr: string | null;
      naddrs: number;
      addrs: Pointer | null;
    };
    const list = addrs === null ? [] : (koffi.decode(addrs, 'VirIPAddress', naddrs) as { addr: string }[]);
    native.any('void virDomainInterfaceFree(void *i)', pointer);
    return { mac: hwaddr ?? '', addresses: list.map(({ addr }) => addr) };
  });
}

/** @throws NativeError `VIR_ERR_NO_DOMAIN` */
export function withDomain<T>(native: Native, connection: Pointer, uuid: string, work: (domain: Pointer) => T): T {
  const domain = native.pointer('void *virDomainLookupByUUIDString(void *c, const char *uuid)', connection, uuid);
  return freeing(native, domain, () => work(domain));
}

function freeing<T>(native: Native, domain: Pointer, work: () => T): T {
  try {
    return work();
  } finally {
    native.any('int virDomainFree(void *d)', domain);
  }
}

export function uuidOf(native: Native, domain: Pointer): string {
  const buffer = Buffer.alloc(UUID_TEXT_BYTES);
  native.int('int virDomainGetUUIDString(void *d, _Out_ char *buffer)', domain, buffer);
  return buffer.toString('latin1', 0, UUID_TEXT_BYTES - 1);
}

const entryOf = (native: Native, domain: Pointer, metadataUri: string): DomainEntry => {
  const metadata = metadataOf(native, domain, metadataUri);
  return {
    name: String(native.any('const char *virDomainGetName(void *d)', domain)),
    uuid: uuidOf(native, domain),
    isActive: native.any('int virDomainIsActive(void *d)', domain) === 1,
    isPersistent: native.any('int virDomainIsPersistent(void *d)', domain) === 1,
    ...(metadata === undefined ? {} : { metadata }),
  };
};

function metadataOf(native: Native, domain: Pointer, uri: string): string | undefined {
  const prototype = 'HeapText virDomainGetMetadata(void *d, int type, const char *uri, uint flags)';
  try {
    return native.text(prototype, domain, METADATA_ELEMENT, uri, 0);
  } catch (error) {
    if (error instanceof NativeError && NO_METADATA.has(error.failure.code)) return undefined;
    throw error;
  }
}
