import { XMLParser } from 'fast-xml-parser';
import { attributes, type XmlElement } from '../../machine/xml.ts';

/**
 * What tells our things from everybody else's. The name is for people; only the metadata element counts, and nothing
 * without it is ever stopped, changed or deleted.
 */
export const METADATA_URI = 'https://goldsmith.example/libvirt/1';
export const NAME_PREFIX = 'goldsmith-';

/** The name of a domain, volume or pool of ours. */
export const ownName = (name: string): string => (name.startsWith(NAME_PREFIX) ? name : NAME_PREFIX + name);

/** Whose a domain is. What a build or `goldsmith run` made may be cleaned up; a person's `vm` never is. */
export interface Owner {
  kind: 'build' | 'run' | 'vm';
  /** Of the build or machine. */
  id: string;
}

/** Below `<metadata>`: whose the domain is. */
export const ownerXml = ({ kind, id }: Owner): XmlElement => ({
  'goldsmith:owner': attributes({ 'xmlns:goldsmith': METADATA_URI, kind, id }),
});

/** By a domain's metadata element; undefined: not ours. */
export function ownerOf(metadata: string | undefined): Owner | undefined {
  if (metadata === undefined) return undefined;
  const parsed = new XMLParser({ ignoreAttributes: false, removeNSPrefix: true }).parse(metadata) as {
    owner?: { '@_id'?: string; '@_kind'?: string };
  };
  const { '@_id': id, '@_kind': kind } = parsed.owner ?? {};
  return id !== undefined && isKind(kind) ? { kind, id } : undefined;
}

const isKind = (kind: string | undefined): kind is Owner['kind'] => kind === 'build' || kind === 'run' || kind === 'vm';
