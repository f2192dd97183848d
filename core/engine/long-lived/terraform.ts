import type { LongLivedOptions } from '../../model/long-lived.ts';
import { type Block, writeBlock } from '../../recipe/export/write-hcl.ts';
import type { MachinePlan } from './plan.ts';

const MIB = 1024 * 1024;
/** A network that every libvirt of a host has; QEMU's user network is none that this provider knows. */
const DEFAULT_NETWORK = 'default';

/**
 * The machine for Terraform's dmacvicar/libvirt provider, 0.8 (registry.terraform.io/providers/dmacvicar/libvirt): a
 * volume from the release, a cloud-init disk and the domain. No key is written: the user data is the person's own, or
 * gets a variable for a public key.
 */
export function terraformOf(plan: MachinePlan, options: LongLivedOptions): string {
  const blocks = [
    provider(),
    connection(plan),
    ...publicKey(options),
    ...volumes(plan, options),
    seed(plan, options),
    domain(plan, options),
  ];
  return `${blocks.map(block => writeBlock(block, text => text)).join('\n\n')}\n`;
}

const block = (type: string, labels: string[], attributes: Block['attributes'], blocks: Block[] = []): Block => ({
  type,
  labels,
  attributes,
  blocks,
});

const provider = (): Block =>
  block(
    'terraform',
    [],
    [],
    [
      block(
        'required_providers',
        [],
        [['libvirt', { expression: '{ source = "dmacvicar/libvirt", version = "~> 0.8.0" }' }]],
      ),
    ],
  );

const connection = ({ uri }: MachinePlan): Block => block('provider', ['libvirt'], [['uri', uri]]);

const publicKey = ({ userData }: LongLivedOptions): Block[] =>
  userData === undefined ? [block('variable', ['ssh_public_key'], [['type', { expression: 'string' }]])] : [];

function volumes({ release, machine, domainName }: MachinePlan, { disksMiB }: LongLivedOptions): Block[] {
  return machine.disks
    .map((_, nth) => {
      const name = nth === 0 ? `${domainName}.${release.format}` : `${domainName}-${nth}.qcow2`;
      const sizeBytes = (disksMiB[nth] ?? 0) * MIB;
      const isLarger = nth === 0 && sizeBytes > 0;
      // A volume from a source keeps the source's size; a larger one stands on it.
      if (nth === 0 && !isLarger)
        return volume('disk0', [
          ['name', name],
          ['source', release.path],
          ['format', release.format],
        ]);
      if (nth === 0) {
        return volume('disk0', [
          ['name', name],
          ['base_volume_id', { expression: 'libvirt_volume.release.id' }],
          ['size', sizeBytes],
        ]);
      }
      return volume(`disk${nth}`, [
        ['name', name],
        ['format', 'qcow2'],
        ['size', sizeBytes],
      ]);
    })
    .concat(
      (disksMiB[0] ?? 0) > 0
        ? [
            volume('release', [
              ['name', `${domainName}-release.${release.format}`],
              ['source', release.path],
              ['format', release.format],
            ]),
          ]
        : [],
    );
}

const volume = (label: string, attributes: Block['attributes']): Block =>
  block('resource', ['libvirt_volume', label], attributes);

function seed({ seed: { metaData, userData }, domainName, key }: MachinePlan, options: LongLivedOptions): Block {
  const own = options.userData === undefined ? withVariable(userData, key.publicLine) : { text: userData };
  return block(
    'resource',
    ['libvirt_cloudinit_disk', 'seed'],
    [
      ['name', `${domainName}-seed.iso`],
      ['meta_data', metaData],
      ['user_data', 'expression' in own ? own : own.text],
    ],
  );
}

/** User data that lets in whoever the variable names, instead of a key that only this machine would have. */
const withVariable = (userData: string, publicLine: string): { expression: string } => ({
  expression: `replace(${JSON.stringify(userData)}, ${JSON.stringify(publicLine)}, var.ssh_public_key)`,
});

function domain({ machine, domainName }: MachinePlan, { network, isAutostarted }: LongLivedOptions): Block {
  const { firmware, memoryMiB, cpus, arch } = machine;
  return block(
    'resource',
    ['libvirt_domain', 'machine'],
    [
      ['name', domainName],
      ['arch', arch],
      ['memory', memoryMiB],
      ['vcpu', cpus.count],
      ['autostart', isAutostarted],
      ['firmware', firmware.kind === 'efi' ? firmware.code : undefined],
      ['cloudinit', { expression: 'libvirt_cloudinit_disk.seed.id' }],
    ],
    [
      ...machine.disks.map((_, nth) =>
        block('disk', [], [['volume_id', { expression: `libvirt_volume.disk${nth}.id` }]]),
      ),
      block(
        'network_interface',
        [],
        [
          ['network_name', network ?? DEFAULT_NETWORK],
          ['wait_for_lease', true],
        ],
      ),
      block(
        'console',
        [],
        [
          ['type', 'pty'],
          ['target_port', '0'],
          ['target_type', 'serial'],
        ],
      ),
      block(
        'graphics',
        [],
        [
          ['type', 'vnc'],
          ['listen_type', 'address'],
          ['autoport', true],
        ],
      ),
    ],
  );
}
