import { XMLParser, XMLValidator } from 'fast-xml-parser';
import type { XmlElement } from '../../machine/xml.ts';
import { GoldsmithError } from '../../model/failure.ts';

/** Elements that are ours to write: who a machine is, and what ends it. */
const OURS: ReadonlySet<string> = new Set(['name', 'uuid', 'metadata', 'on_poweroff', 'on_reboot', 'on_crash']);

/**
 * A machine's domain with XML that a person adds for what we do not model: `<domain>` or the elements below it.
 * Elements below `<devices>` are added; of others, attributes and children are added to what is there.
 * @throws GoldsmithError `bad-lab` with the line
 */
export function mergeExtraXml(domain: XmlElement, extra: string | undefined): XmlElement {
  if (extra === undefined || extra.trim() === '') return domain;
  const added = parseExtra(extra);
  for (const name of Object.keys(added)) {
    if (OURS.has(name)) {
      throw new GoldsmithError('bad-lab', `libvirt.xml must not hold <${name}>: Goldsmith writes it.`, {
        details: { place: placeOf(extra, extra.indexOf(`<${name}`)) },
      });
    }
  }
  return merge(domain, added, true);
}

function parseExtra(extra: string): XmlElement {
  const wrapped = `<extra xmlns:qemu="">${extra}</extra>`;
  const verdict = XMLValidator.validate(wrapped);
  if (verdict !== true) {
    const { msg, line } = verdict.err;
    throw new GoldsmithError('bad-lab', `libvirt.xml is not well-formed: ${msg}`, {
      details: { place: { file: 'libvirt.xml', line, source: extra.split('\n')[line - 1] ?? '' } },
    });
  }
  const parser = new XMLParser({ ignoreAttributes: false, parseTagValue: false, parseAttributeValue: false });
  const parsed = parser.parse(wrapped) as { extra: XmlElement };
  if (parsed.extra['#text'] !== undefined) {
    throw new GoldsmithError('bad-lab', 'libvirt.xml holds text where only elements can be.', {
      details: { place: placeOf(extra, 0) },
    });
  }
  const { '@_xmlns:qemu': _, domain, ...rest } = parsed.extra;
  return typeof domain === 'object' && !Array.isArray(domain) ? domain : rest;
}

const placeOf = (text: string, at: number) => {
  const line = text.slice(0, Math.max(0, at)).split('\n').length;
  return { file: 'libvirt.xml', line, source: text.split('\n')[line - 1] ?? '' };
};

function merge(base: XmlElement, added: XmlElement, isTop = false): XmlElement {
  const merged: XmlElement = { ...base };
  for (const [name, value] of Object.entries(added)) {
    const own = merged[name];
    const isList = !isTop && (Array.isArray(own) || Array.isArray(value));
    if (isList) merged[name] = [own ?? [], value ?? []].flat() as XmlElement[];
    else if (isElement(own) && isElement(value)) merged[name] = merge(own, value);
    else if (value !== undefined) merged[name] = value === '' ? {} : value;
  }
  return merged;
}

const isElement = (value: unknown): value is XmlElement =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
