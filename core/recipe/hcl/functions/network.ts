import { isIPv4, isIPv6 } from 'node:net';
import type { HclFunction } from '../function-call.ts';
import { textValue, type Value } from '../value.ts';
import { asText, asWhole, bad, define, number, onTexts, text, textList } from './define.ts';

/** An address block; `bits` is 32 or 128. */
interface Network {
  address: bigint;
  prefix: number;
  bits: number;
}

/** Packer's functions of address blocks. */
export const NETWORK_FUNCTIONS: Record<string, HclFunction> = {
  cidrhost: define([text('prefix'), number('hostnum')], ([prefix, host]) =>
    textValue(hostAddress(parseNetwork(asText(prefix)), asWhole(host))),
  ),
  cidrnetmask: onTexts(['prefix'], prefix => netmask(parseNetwork(prefix))),
  cidrsubnet: define([text('prefix'), number('newbits'), number('netnum')], cidrSubnet),
  cidrsubnets: define([text('prefix')], cidrSubnets, number('newbits')),
};

function parseNetwork(value: string): Network {
  const match = /^([^/]+)\/(\d{1,3})$/.exec(value);
  const [address = '', prefix = Number.NaN] = [match?.[1], match ? Number(match[2]) : undefined];
  const bits = isIPv4(address) ? 32 : 128;
  if ((!isIPv4(address) && !isIPv6(address)) || !(prefix <= bits))
    throw bad(`${JSON.stringify(value)} is no address block such as 10.0.0.0/8`);
  const number = bits === 32 ? parseIpv4(address) : parseIpv6(address);
  return { address: (number >> BigInt(bits - prefix)) << BigInt(bits - prefix), prefix, bits };
}

const parseIpv4 = (address: string): bigint =>
  address.split('.').reduce((number, part) => number * 256n + BigInt(part), 0n);

function parseIpv6(address: string): bigint {
  const withoutDots = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...parts: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = parts.slice(0, 4).map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
  const [head = '', tail] = withoutDots.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const middle = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...middle, ...right].reduce((number, group) => number * 65_536n + BigInt(`0x${group}`), 0n);
}

function addressText(address: bigint, bits: number): string {
  if (bits === 32) return [24n, 16n, 8n, 0n].map(shift => String((address >> shift) & 255n)).join('.');
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((address >> BigInt(112 - index * 16)) & 65_535n).toString(16),
  );
  return compressed(groups);
}

/** RFC 5952: the longest run of at least two zero groups becomes "::". */
function compressed(groups: string[]): string {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === '0') length += 1;
    if (length > best.length) best = { start, length };
  }
  if (best.length < 2) return groups.join(':');
  return `${groups.slice(0, best.start).join(':')}::${groups.slice(best.start + best.length).join(':')}`;
}

function hostAddress(network: Network, host: number): string {
  const size = 1n << BigInt(network.bits - network.prefix);
  const offset = host < 0 ? size + BigInt(host) : BigInt(host);
  if (offset < 0n || offset >= size) throw bad(`a /${network.prefix} has no host number ${host}`);
  return addressText(network.address + offset, network.bits);
}

function netmask(network: Network): string {
  const all = (1n << BigInt(network.bits)) - 1n;
  const hosts = (1n << BigInt(network.bits - network.prefix)) - 1n;
  return addressText(all - hosts, network.bits);
}

function cidrSubnet([prefix, newBits, netNumber]: Value[]): Value {
  const network = parseNetwork(asText(prefix));
  const length = longerPrefix(network, asWhole(newBits));
  const at = BigInt(asWhole(netNumber));
  if (at < 0n || at >= 1n << BigInt(length - network.prefix))
    throw bad(`${length - network.prefix} bits have no network number ${at}`);
  return textValue(`${addressText(network.address + (at << BigInt(network.bits - length)), network.bits)}/${length}`);
}

function longerPrefix(network: Network, newBits: number): number {
  const length = network.prefix + newBits;
  if (newBits < 0 || length > network.bits) throw bad(`a /${network.prefix} cannot be cut by ${newBits} more bits`);
  return length;
}

function cidrSubnets([prefix, ...newBits]: Value[]): Value {
  const network = parseNetwork(asText(prefix));
  const end = network.address + (1n << BigInt(network.bits - network.prefix));
  let next = network.address;
  const subnets = newBits.map(bits => {
    const length = longerPrefix(network, asWhole(bits));
    const size = 1n << BigInt(network.bits - length);
    const start = ((next + size - 1n) / size) * size;
    next = start + size;
    if (next > end) throw bad('the block has no room for all these networks');
    return `${addressText(start, network.bits)}/${length}`;
  });
  return textList(subnets);
}
