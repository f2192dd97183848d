import { XMLBuilder } from 'fast-xml-parser';

/**
 * An XML element as plain data, as fast-xml-parser takes it: `@_name` is an attribute, `#text` the text, anything
 * else a child, or several of one name.
 */
export interface XmlElement {
  [name: string]: string | number | XmlElement | XmlElement[] | undefined;
}

/**
 * One device's part of a libvirt domain: elements below `<devices>`. `takesSlot` counts its elements that are PCI
 * devices, in the order in which QEMU's own arguments would make them.
 */
export interface DevicePart {
  elements: XmlElement;
  takesSlot?: boolean;
}

/** The one place where XML for libvirt is written: every value is escaped here. */
export function writeXml(root: XmlElement): string {
  const builder = new XMLBuilder({ ignoreAttributes: false, format: true, suppressEmptyNode: true });
  return builder.build(root) as string;
}

/** Several parts as one element: children of one name become a list, in their order. */
export function mergeElements(parts: XmlElement[]): XmlElement {
  const merged: Record<string, XmlElement[]> = {};
  for (const part of parts) {
    for (const [name, value] of Object.entries(part)) {
      if (value === undefined) continue;
      const list = Array.isArray(value) ? value : [value as XmlElement];
      merged[name] = [...(merged[name] ?? []), ...list];
    }
  }
  return merged;
}

/** `<name attribute="value"/>`, without attributes that are undefined. */
export const attributes = (values: Record<string, string | number | undefined>): XmlElement =>
  Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[`@_${name}`, value]])),
  );
