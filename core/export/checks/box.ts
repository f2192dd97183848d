import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { tarMembers } from '../../media/tar-members.ts';
import type { Findings } from './findings.ts';

const GIB = 1024 ** 3;

const metadata = z.union([
  z.object({ provider: z.literal('libvirt'), format: z.literal('qcow2'), virtual_size: z.number() }),
  z.object({
    provider: z.literal('libvirt'),
    disks: z.array(z.object({ path: z.string(), format: z.literal('qcow2') })).min(1),
  }),
  z.object({ provider: z.literal('virtualbox') }),
]);

/** What Vagrant and its providers ask of a box (hashicorp/vagrant, docs of the box format; vagrant-libvirt, docs/boxes). */
export const checkBox =
  (provider: 'libvirt' | 'virtualbox') =>
  async (file: string, virtualBytes: number): Promise<Findings> => {
    const members = await readMembers(file).catch(() => undefined);
    if (!members) return ['it is no whole tar archive'];
    const strange = [...members.keys()].find(name => !/^[\w][\w.-]*$/.test(name));
    if (strange !== undefined) return [`its member ${strange} has no plain name`];
    const parsed = metadata.safeParse(parseJson(members.get('metadata.json')));
    if (!parsed.success || parsed.data.provider !== provider) return [`its metadata.json is not one for ${provider}`];
    const about = parsed.data;
    const found = wantedMembers(about).flatMap(name => (members.has(name) ? [] : [`it lacks ${name}`]));
    if ('virtual_size' in about && about.virtual_size !== Math.ceil(virtualBytes / GIB)) {
      found.push('its virtual_size is not the size of the disk in GiB, rounded up');
    }
    if (provider === 'virtualbox' && !/base_mac = "080027[0-9A-F]{6}"/.test(members.get('Vagrantfile') ?? '')) {
      found.push('its Vagrantfile names no address of the first card');
    }
    return found;
  };

function wantedMembers(about: z.output<typeof metadata>): string[] {
  if (about.provider === 'virtualbox') return ['Vagrantfile', 'box.ovf'];
  return 'disks' in about ? about.disks.map(({ path }) => path) : ['Vagrantfile', 'box.img'];
}

/** Names of the members, with the text of the small ones. */
async function readMembers(file: string): Promise<Map<string, string>> {
  const members = new Map<string, string>();
  for await (const entry of tarMembers(file)) {
    const isSmall = (entry.header.size ?? 0) < 65_536;
    if (isSmall) members.set(entry.header.name, await text(entry));
    else {
      members.set(entry.header.name, '');
      entry.resume();
    }
  }
  return members;
}

function parseJson(content: string | undefined): unknown {
  try {
    return JSON.parse(content ?? '');
  } catch {
    return undefined;
  }
}
