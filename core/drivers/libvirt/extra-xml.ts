import { XMLBuilder, XMLParser, XMLValidator } from 'fast-xml-parser';
import type { XmlElement } from '../../machine/xml.ts';
import { GoldsmithError, type Place } from '../../model/failure.ts';
import type { ExtraXml } from '../../model/lab.ts';

/** Elements that are ours to write: who a machine is, and what ends it. */
const OURS: ReadonlySet<string> = new Set(['name', 'uuid', 'metadata', 'on_poweroff', 'on_reboot', 'on_crash']);
/** What libvirt's refusal of a definition comes to. */
const REFUSALS: ReadonlySet<string> = new Set(['bad-lab', 'unsupported', 'usage']);

/**
 * A machine's domain with XML that a person adds for what we do not model: `<domain>` or the elements below it.
 * Elements below `<devices>` are added; of others, attributes and children are added to what is there.
 * @throws GoldsmithError `bad-lab` with the line
 */
export function mergeExtraXml(domain: XmlElement, extra: ExtraXml | undefined): XmlElement {
  if (extra === undefined || extra.text.trim() === '') return domain;
  const added = parseExtra(extra);
  for (const name of Object.keys(added)) {
    if (OURS.has(name)) {
      throw new GoldsmithError('bad-lab', `libvirt.xml must not hold <${name}>: Goldsmith writes it.`, {
        details: { place: placeOf(extra, extra.text.indexOf(`<${name}`)) },
      });
    }
  }
  return merge(domain, added, true);
}

/**
 * A refusal of libvirt's as a fault of the element that it does not take. Which one that is, libvirt is asked: each
 * alone, without making anything. Our own part is known to libvirt.
 */
export async function explainRefusal(
  error: unknown,
  extra: ExtraXml,
  isTaken: (alone: ExtraXml) => Promise<boolean>,
): Promise<unknown> {
  if (!(error instanceof GoldsmithError) || !REFUSALS.has(error.code)) return error;
  for (const { text, at } of piecesOf(extra)) {
    if (!(await isTaken({ ...extra, text }))) return refused(error, placeOf(extra, at));
  }
  return refused(error, placeOf(extra, 0));
}

const refused = (error: GoldsmithError, place: Place): GoldsmithError =>
  new GoldsmithError('bad-lab', error.message, {
    hint: 'Without this part of libvirt.xml, libvirt takes the machine.',
    details: { ...error.details, place },
    cause: error,
  });

/** Each element that is added, alone, with where it begins. */
function piecesOf(extra: ExtraXml): { text: string; at: number }[] {
  const builder = new XMLBuilder({ ignoreAttributes: false, suppressEmptyNode: true });
  const { devices, ...others } = parseExtra(extra);
  const listed = (elements: XmlElement, wrap: (one: XmlElement) => XmlElement) =>
    Object.entries(elements).flatMap(([name, value]) =>
      [value].flat().map((one, nth) => ({
        text: builder.build(wrap({ [name]: one as XmlElement })) as string,
        at: nthElement(extra.text, name, nth),
      })),
    );
  return [...listed(isElement(devices) ? devices : {}, one => ({ devices: one })), ...listed(others, one => one)];
}

const nthElement = (text: string, name: string, nth: number): number =>
  [...text.matchAll(/<([\w:.-]+)/g)].filter(([, found]) => found === name)[nth]?.index ?? 0;

function parseExtra(extra: ExtraXml): XmlElement {
  const wrapped = `<extra xmlns:qemu="">${extra.text}</extra>`;
  const verdict = XMLValidator.validate(wrapped);
  if (verdict !== true) {
    const { msg, line } = verdict.err;
    throw new GoldsmithError('bad-lab', `libvirt.xml is not well-formed: ${msg}`, {
      details: { place: lineOf(extra, line) },
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

const placeOf = (extra: ExtraXml, at: number): Place =>
  lineOf(extra, extra.text.slice(0, Math.max(0, at)).split('\n').length);

/** @param line of the XML, from 1 */
const lineOf = ({ text, file, line: first }: ExtraXml, line: number): Place => ({
  file,
  line: first + line - 1,
  source: text.split('\n')[line - 1] ?? '',
});

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
