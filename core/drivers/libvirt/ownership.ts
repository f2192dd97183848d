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

/** Below `<metadata>`: whose the domain is. */
export const ownerXml = (owner: string): XmlElement => ({
  'goldsmith:owner': attributes({ 'xmlns:goldsmith': METADATA_URI, id: owner }),
});

/** Whose a domain is, by its metadata element; undefined: not ours. */
export function ownerOf(metadata: string | undefined): string | undefined {
  if (metadata === undefined) return undefined;
  const parsed = new XMLParser({ ignoreAttributes: false, removeNSPrefix: true }).parse(metadata) as {
    owner?: { '@_id'?: string };
  };
  return parsed.owner?.['@_id'];
}
