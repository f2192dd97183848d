import { randomUUID } from 'node:crypto';
import { XMLParser } from 'fast-xml-parser';

/** Messages of WS-Management as Windows Remote Management speaks it (DMTF DSP0226, Microsoft MS-WSMV). */

const NAMESPACES = {
  s: 'http://www.w3.org/2003/05/soap-envelope',
  a: 'http://schemas.xmlsoap.org/ws/2004/08/addressing',
  w: 'http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd',
  p: 'http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd',
  rsp: 'http://schemas.microsoft.com/wbem/wsman/1/windows/shell',
} as const;

const ANONYMOUS = 'http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous';
/** The command shell (MS-WSMV 3.1.4.1): cmd.exe runs what is sent. */
const RESOURCE = `${NAMESPACES.rsp}/cmd`;
const TRANSFER = 'http://schemas.xmlsoap.org/ws/2004/09/transfer';

export const ACTIONS = {
  create: `${TRANSFER}/Create`,
  delete: `${TRANSFER}/Delete`,
  command: `${NAMESPACES.rsp}/Command`,
  send: `${NAMESPACES.rsp}/Send`,
  receive: `${NAMESPACES.rsp}/Receive`,
  signal: `${NAMESPACES.rsp}/Signal`,
} as const;

export const TERMINATE = `${NAMESPACES.rsp}/signal/terminate`;
/** What WinRM answers when nothing has happened within the operation's time: ask again. */
export const TIMED_OUT_CODE = '2150858793';

/** An element: its name with prefix, its attributes, and text or elements inside. */
export type Element = [name: string, attributes: Record<string, string>, ...content: (Element | string)[]];

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

function write([name, attributes, ...content]: Element): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(value)}"`);
  const inner = content.map(one => (typeof one === 'string' ? escaped(one) : write(one)));
  return `<${name}${written.join('')}>${inner.join('')}</${name}>`;
}

export interface Message {
  to: string;
  action: string;
  shellId?: string;
  options?: Record<string, string>;
  body: Element[];
  /** How long the server may take to answer. */
  timeoutSeconds: number;
}

const must = { 's:mustUnderstand': 'true' };
/** The largest answer we take, in bytes; WinRM's own default allows no more. */
const MAX_ENVELOPE = '153600';

/** A whole envelope as text. */
export function envelope({ to, action, shellId, options, body, timeoutSeconds }: Message): string {
  const namespaces = Object.fromEntries(Object.entries(NAMESPACES).map(([prefix, uri]) => [`xmlns:${prefix}`, uri]));
  const optionSet = Object.entries(options ?? {}).map(([name, value]): Element => ['w:Option', { Name: name }, value]);
  const header: Element[] = [
    ['a:To', {}, to],
    ['a:ReplyTo', {}, ['a:Address', must, ANONYMOUS]],
    ['w:MaxEnvelopeSize', must, MAX_ENVELOPE],
    ['a:MessageID', {}, `uuid:${randomUUID().toUpperCase()}`],
    ['w:Locale', { 's:mustUnderstand': 'false', 'xml:lang': 'en-US' }],
    ['p:DataLocale', { 's:mustUnderstand': 'false', 'xml:lang': 'en-US' }],
    ['w:OperationTimeout', {}, `PT${timeoutSeconds}S`],
    ['w:ResourceURI', must, RESOURCE],
    ['a:Action', must, action],
    ...(shellId === undefined
      ? []
      : [['w:SelectorSet', {}, ['w:Selector', { Name: 'ShellId' }, shellId]] satisfies Element]),
    ...(optionSet.length === 0 ? [] : [['w:OptionSet', {}, ...optionSet] satisfies Element]),
  ];
  const xml = write(['s:Envelope', namespaces, ['s:Header', {}, ...header], ['s:Body', {}, ...body]]);
  return `<?xml version="1.0" encoding="UTF-8"?>${xml}`;
}

/** An answer, its elements without their prefixes; several of one name are a list. */
export interface Answer {
  Envelope?: { Body?: Record<string, unknown> };
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  removeNSPrefix: true,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: true,
  processEntities: true,
});

export const parseAnswer = (text: string): Answer => parser.parse(text) as Answer;

/** A part of an answer by the names of its elements; undefined where one is missing. */
export function at(value: unknown, ...names: string[]): unknown {
  let current = value;
  for (const name of names) {
    if (current === null || typeof current !== 'object') return undefined;
    current = (current as Record<string, unknown>)[name];
  }
  return current;
}

/** The text of an element, whether it has attributes or not. */
export function textAt(value: unknown, ...names: string[]): string {
  const found = at(value, ...names);
  if (found !== null && typeof found === 'object') return String((found as Record<string, unknown>)['#text'] ?? '');
  return found === undefined ? '' : String(found);
}

export const listAt = (value: unknown, ...names: string[]): unknown[] => {
  const found = at(value, ...names);
  return found === undefined ? [] : [found].flat();
};
