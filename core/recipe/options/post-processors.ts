import { ALGORITHMS, isAlgorithm } from '../../media/checksum.ts';
import { type PluginContext, refer, wrongOption } from './provisioners/kind.ts';
import { readShellLocal } from './provisioners/shell.ts';
import type { OptionTable, RawBlock } from './schema.ts';

const KEEP = { template: {} } as const;

const unknownChecksum = (types: string[]): string | undefined => {
  const stranger = types.find(type => !isAlgorithm(type));
  return stranger === undefined
    ? undefined
    : `${JSON.stringify(stranger)} is no checksum type; known: ${Object.keys(ALGORITHMS).join(', ')}.`;
};

/** The post-processors Goldsmith runs, with their options. */
export const POST_PROCESSORS: Readonly<Record<string, OptionTable>> = {
  artifice: { files: { kind: 'texts', ...KEEP } },
  checksum: { checksum_types: { kind: 'texts', check: unknownChecksum }, output: { kind: 'text', ...KEEP } },
  compress: {
    output: { kind: 'text', ...KEEP },
    format: { kind: 'text' },
    compression_level: { kind: 'count' },
    archive: { kind: 'text', ignored: '' },
    algorithm: { kind: 'text', ignored: '' },
  },
  manifest: {
    output: { kind: 'text', ...KEEP },
    filename: { kind: 'text', renamedTo: 'output', ...KEEP },
    strip_path: { kind: 'flag' },
    strip_time: { kind: 'flag' },
    custom_data: { kind: 'text-map', ...KEEP },
  },
  vagrant: {
    output: { kind: 'text', ...KEEP },
    compression_level: { kind: 'count' },
    include: { kind: 'texts', ...KEEP },
    override: { kind: 'data', ...KEEP },
    vagrantfile_template: { kind: 'text', ...KEEP },
    vagrantfile_template_generated: { kind: 'flag' },
    provider_override: {
      kind: 'text',
      unsupported: 'a qemu builder makes boxes for libvirt; lab.yaml has others under "exports".',
      harmless: ['libvirt'],
    },
    architecture: { kind: 'text' },
  },
  'docker-import': {
    repository: { kind: 'text', ...KEEP },
    tag: { kind: 'text', ...KEEP },
    changes: { kind: 'texts', ...KEEP },
    platform: { kind: 'text' },
  },
  'docker-tag': {
    repository: { kind: 'text', ...KEEP },
    tags: { kind: 'texts', ...KEEP },
    tag: { kind: 'texts', renamedTo: 'tags', ...KEEP },
    force: { kind: 'flag' },
  },
  'docker-push': {
    login: { kind: 'flag' },
    login_username: { kind: 'text', ...KEEP },
    login_password: { kind: 'text', ...KEEP },
    login_server: { kind: 'text', ...KEEP },
    ecr_login: { kind: 'flag' },
    platform: { kind: 'text' },
  },
  'docker-save': { path: { kind: 'text', ...KEEP } },
  'shell-local': {
    inline: { kind: 'texts', ...KEEP },
    script: { kind: 'text', ...KEEP },
    scripts: { kind: 'texts', ...KEEP },
    valid_exit_codes: { kind: 'counts' },
    environment_vars: { kind: 'texts', ...KEEP },
    env: { kind: 'text-map', ...KEEP },
    env_var_format: { kind: 'text', ...KEEP },
    command: { kind: 'text', ...KEEP },
    execute_command: { kind: 'texts', ...KEEP },
    inline_shebang: { kind: 'text', ...KEEP },
    only_on: { kind: 'texts' },
    tempfile_extension: { kind: 'text', ignored: '' },
    use_linux_pathing: { kind: 'flag', ignored: '' },
  },
  provenance: {
    provenance: { kind: 'flag' },
    build_type: { kind: 'text', ...KEEP },
    output_dir: { kind: 'text', ...KEEP },
    template: { kind: 'text', ...KEEP },
    only_builds: { kind: 'texts' },
    user_variables: { kind: 'text-map', ...KEEP },
    source_uri: { kind: 'text', ...KEEP },
    sbom: { kind: 'flag' },
    sbom_format: { kind: 'text', oneOf: ['cyclonedx', 'spdx', 'cyclonedx-json', 'spdx-json'] },
    sbom_scan_path: { kind: 'text', ...KEEP },
    sbom_scope: { kind: 'text' },
    sbom_exclude: { kind: 'texts', ...KEEP },
    signing_mode: {
      kind: 'text',
      oneOf: ['none', 'key', 'kms', 'keyless'],
      unsupported: 'it needs a service that Goldsmith does not ask; "key" signs with a key file.',
      harmless: ['none', 'key'],
    },
    signer: { kind: 'text', ...KEEP },
    key: { kind: 'text', ...KEEP },
    verifier: { kind: 'text', ...KEEP },
    fulcio_url: { kind: 'text' },
    rekor_url: { kind: 'text' },
    upload_tlog: { kind: 'flag' },
    trusted_root_path: { kind: 'text', ...KEEP },
    keyless_identity: { kind: 'text' },
    keyless_oidc_issuer: { kind: 'text' },
  },
};

type Check = (options: Record<string, unknown>, block: RawBlock, context: PluginContext) => void;

/**
 * What Packer refuses of a post-processor before a build, beyond single options: an hour's build should not end with it.
 * They also note the files that have to be there.
 */
export const POST_PROCESSOR_CHECKS: Readonly<Record<string, Check>> = {
  artifice: ({ files = [] }, block) => {
    if ((files as string[]).length === 0) throw wrongOption(block, 'files', 'The artifice names no "files".');
  },
  'docker-push': ({ ecr_login: isEcr, login_server: server }, block) => {
    if (isEcr && !server) throw wrongOption(block, 'ecr_login', 'A login at ECR needs a "login_server".');
  },
  'shell-local': (_, block, context) => void readShellLocal(block, context),
  vagrant: (options, block, context) => {
    const isMade = options['vagrantfile_template_generated'] === true;
    const template = options['vagrantfile_template'] as string | undefined;
    refer(context, block, 'vagrantfile_template', isMade ? 'optional' : 'file', [template]);
  },
};

/** Post-processors that bring an image to a service: kept as a note for the hand-off, never run. */
export const HAND_OFF_POST_PROCESSORS: readonly string[] = [
  'alicloud-import',
  'amazon-import',
  'atlas',
  'digitalocean-import',
  'exoscale-import',
  'googlecompute-export',
  'googlecompute-import',
  'linode-import',
  'openstack-import',
  'oci-import',
  'scaleway-import',
  'tencentcloud-import',
  'ucloud-import',
  'upcloud-import',
  'vagrant-cloud',
  'vagrant-registry',
  'vsphere',
  'vsphere-template',
  'vultr-import',
  'yandex-export',
  'yandex-import',
];
