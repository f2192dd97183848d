import { createHash } from 'node:crypto';
import { tarMembers } from '../../media/tar-members.ts';
import { type Findings, findings } from './findings.ts';

const MIB = 1024 ** 2;

/** OVF first, then the manifest, then the files it names with the hashes it names (DSP0243, 5); and what it describes. */
export const checkOva =
  (kind: 'vmware' | 'virtualbox') =>
  async (file: string, virtualBytes: number): Promise<Findings> => {
    const members = await readMembers(file).catch(() => undefined);
    if (!members) return ['it is no whole tar archive'];
    const [ovf, manifest, ...others] = members;
    if (!ovf?.name.endsWith('.ovf')) return ['its first member is not the .ovf'];
    if (!manifest?.name.endsWith('.mf')) return ['its second member is not the .mf'];
    return [
      ...checkManifest(manifest.text, [ovf, ...others]),
      ...checkDescriptor(ovf.text, others, kind, virtualBytes),
    ];
  };

function checkManifest(manifest: string, members: MemberDigest[]): Findings {
  const named = new Map(
    manifest
      .trim()
      .split('\n')
      .map(line => {
        const [, algorithm = '', name = '', hex = ''] = /^(SHA\d+)\(([^)]+)\)= ([0-9a-f]+)$/.exec(line) ?? [];
        return [name, { algorithm, hex }] as const;
      }),
  );
  return members.flatMap(({ name, sha1, sha256 }) => {
    const expected = named.get(name);
    if (!expected) return [`${name} is not in its manifest`];
    const actual = expected.algorithm === 'SHA1' ? sha1 : sha256;
    return actual === expected.hex ? [] : [`${name} is not as its manifest says`];
  });
}

/** Which hardware each hypervisor takes: VMware refuses VirtualBox's family, and the other way round. */
const FAMILY = { vmware: /^vmx-([4-9]|[12]\d)$/, virtualbox: /^virtualbox-2\.2$/ } as const;

function checkDescriptor(
  text: string,
  disks: MemberDigest[],
  kind: keyof typeof FAMILY,
  virtualBytes: number,
): Findings {
  const attributes = (element: string): string[] => text.match(new RegExp(`<${element} [^>]*>`, 'g')) ?? [];
  const value = (element: string, name: string): string => new RegExp(` ${name}="([^"]*)"`).exec(element)?.[1] ?? '';
  const [boot = '', ...others] = attributes('Disk');
  const family = /VirtualSystemType>([^<]*)</.exec(text)?.[1] ?? '';
  return findings([
    [FAMILY[kind].test(family), `its hardware family ${family} is not one of ${kind}`],
    [value(boot, 'ovf:capacity') === String(virtualBytes), 'its capacity is not the size of the disk'],
    [
      [boot, ...others].every(disk => value(disk, 'ovf:capacityAllocationUnits') === 'byte'),
      'its capacity is not said in bytes',
    ],
    [
      [boot, ...others].every(disk => value(disk, 'ovf:format').endsWith('vmdk.html#streamOptimized')),
      'its disk is not said to be streamOptimized',
    ],
    [
      attributes('File').every(one =>
        disks.some(({ name, bytes }) => name === value(one, 'ovf:href') && String(bytes) === value(one, 'ovf:size')),
      ),
      'a file is not there, or not as long as it says',
    ],
    [/ResourceType>(5|6|20)</.test(text), 'it has no disk controller'],
  ]);
}

interface MemberDigest {
  name: string;
  bytes: number;
  /** Of small members. */
  text: string;
  sha1: string;
  sha256: string;
}

async function readMembers(file: string): Promise<MemberDigest[]> {
  const members: MemberDigest[] = [];
  for await (const entry of tarMembers(file)) {
    const hashes = { sha1: createHash('sha1'), sha256: createHash('sha256') };
    const isSmall = (entry.header.size ?? 0) < MIB;
    const pieces: Buffer[] = [];
    for await (const piece of entry as AsyncIterable<Buffer>) {
      hashes.sha1.update(piece);
      hashes.sha256.update(piece);
      if (isSmall) pieces.push(piece);
    }
    const text = Buffer.concat(pieces).toString();
    members.push({
      name: entry.header.name,
      bytes: entry.header.size ?? 0,
      text,
      sha1: hashes.sha1.digest('hex'),
      sha256: hashes.sha256.digest('hex'),
    });
  }
  return members;
}
