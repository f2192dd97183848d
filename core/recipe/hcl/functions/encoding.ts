import { gzipSync } from 'node:zlib';
import { parse as parseYaml, type Tags } from 'yaml';
import type { HclFunction } from '../function-call.ts';
import { listValue, objectValue, textValue, type Value } from '../value.ts';
import { parseCsv } from './csv.ts';
import { anyOrNull, asText, bad, define, onTexts, text } from './define.ts';
import { fromJson, fromPlain, toJson } from './json.ts';
import { toYaml } from './yaml.ts';

/** Packer's encoding functions. */
export const ENCODING_FUNCTIONS: Record<string, HclFunction> = {
  base64encode: onTexts(['string'], value => Buffer.from(value).toString('base64')),
  base64decode: onTexts(['string'], value => utf8(decodeBase64(value))),
  base64gzip: onTexts(['string'], value => gzipSync(value).toString('base64')),
  urlencode: onTexts(['string'], urlEncode),
  textencodebase64: onTexts(['string', 'encoding'], (value, encoding) => encodeAs(value, encoding).toString('base64')),
  textdecodebase64: onTexts(['string', 'encoding'], (value, encoding) => decodeAs(decodeBase64(value), encoding)),
  jsonencode: define([anyOrNull('value')], ([value]) => textValue(value ? toJson(value) : 'null')),
  jsondecode: define([text('json')], ([json]) => fromJson(asText(json))),
  yamlencode: define([anyOrNull('value')], ([value]) => textValue(value ? toYaml(value) : 'null\n')),
  yamldecode: define([text('yaml')], ([yaml]) => fromYaml(asText(yaml))),
  csvdecode: define([text('csv')], ([csv]) => decodeCsv(asText(csv))),
};

function decodeBase64(value: string): Buffer {
  const bytes = Buffer.from(value, 'base64');
  if (bytes.toString('base64') === value.replace(/[\r\n]/g, '')) return bytes;
  throw bad('this is no base64');
}

function utf8(bytes: Buffer): string {
  const decoded = bytes.toString('utf8');
  if (Buffer.from(decoded).equals(bytes)) return decoded;
  throw bad('the decoded bytes are no text');
}

/** Go's `url.QueryEscape`: a space becomes "+". */
function urlEncode(value: string): string {
  return encodeURIComponent(value)
    .replace(/%20/g, '+')
    .replace(/[!'()*]/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

const ENCODINGS: Record<string, { encode(value: string): Buffer; decode(bytes: Buffer): string }> = {
  'utf-8': { encode: value => Buffer.from(value), decode: bytes => bytes.toString('utf8') },
  'utf-16le': { encode: value => Buffer.from(value, 'utf16le'), decode: bytes => bytes.toString('utf16le') },
  'utf-16be': {
    encode: value => Buffer.from(value, 'utf16le').swap16(),
    decode: bytes => Buffer.from(bytes).swap16().toString('utf16le'),
  },
  'iso-8859-1': { encode: value => Buffer.from(value, 'latin1'), decode: bytes => bytes.toString('latin1') },
};

function encodingNamed(name: string): (typeof ENCODINGS)[string] {
  const found = ENCODINGS[name.toLowerCase().replace(/^utf(?=\d)/, 'utf-')];
  if (found) return found;
  throw bad(`the encoding "${name}" is not known`, `Known: ${Object.keys(ENCODINGS).join(', ')}.`);
}

const encodeAs = (value: string, encoding: string): Buffer => encodingNamed(encoding).encode(value);
const decodeAs = (bytes: Buffer, encoding: string): string => encodingNamed(encoding).decode(bytes);

/** go-cty-yaml takes `0x1F` and `1:30` for texts, and `010` for ten. */
const OTHER_NUMBERS = ['BIN', 'OCT', 'HEX', 'TIME'];
const withDecimalsOnly = (tags: Tags): Tags =>
  tags.filter(tag => typeof tag === 'string' || !OTHER_NUMBERS.includes(tag.format ?? ''));

function fromYaml(yaml: string): Value {
  try {
    return fromPlain(parseYaml(yaml, { maxAliasCount: 100, version: '1.1', customTags: withDecimalsOnly }));
  } catch (error) {
    throw bad(`this is no YAML: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`);
  }
}

function decodeCsv(csv: string): Value {
  const [header = [], ...rows] = parseCsv(csv);
  const objects = rows.map(row => objectValue(header.map((name, index) => [name, textValue(row[index] ?? '')])));
  const attributes = new Map(header.map(name => [name, { kind: 'string' } as const]));
  return listValue({ kind: 'object', attributes }, objects);
}
