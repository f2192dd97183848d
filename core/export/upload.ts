import { shellQuote } from '../guest/shell-quote.ts';
import type { TargetName } from '../model/export.ts';

/** What an upload script has to be told. */
export interface Upload {
  name: string;
  firmware: 'bios' | 'efi';
  files: string[];
  image: string;
  version: string;
  /** Of the image in Docker. */
  labels: Record<string, string>;
}

interface Vendor {
  program: string;
  /** Variables at the top of the script, with their defaults. */
  variables: Record<string, string>;
  commands(upload: Upload): string[];
}

const first = (files: string[], end: string): string => files.find(file => file.endsWith(end)) ?? '';

/** The vendor's own command lines, by target. Sources: docs of Azure CLI, AWS CLI, gcloud and python-openstackclient. */
const VENDORS: Partial<Record<TargetName, Vendor>> = {
  azure: {
    program: 'az',
    variables: { RESOURCE_GROUP: '', STORAGE_ACCOUNT: '', CONTAINER: 'images', LOCATION: 'westeurope' },
    commands: ({ name, firmware, files }) => [
      `az storage blob upload --account-name "$STORAGE_ACCOUNT" --container-name "$CONTAINER" --type page --name ${name}.vhd --file ${first(files, '.vhd')}`,
      `az image create --resource-group "$RESOURCE_GROUP" --location "$LOCATION" --name ${name} --os-type Linux --hyper-v-generation ${firmware === 'efi' ? 'V2' : 'V1'} --source "https://$STORAGE_ACCOUNT.blob.core.windows.net/$CONTAINER/${name}.vhd"`,
    ],
  },
  aws: {
    program: 'aws',
    variables: { BUCKET: '', REGION: 'eu-central-1' },
    commands: ({ name, files }) => [
      `aws s3 cp ${first(files, '.vmdk')} "s3://$BUCKET/" --region "$REGION"`,
      // Not in the folder: a file more there and `goldsmith verify` would refuse it.
      `request=$(mktemp) && sed "s/@BUCKET@/$BUCKET/" ${name}.import-snapshot.json > "$request"`,
      'aws ec2 import-snapshot --region "$REGION" --disk-container "file://$request"',
      'rm -f "$request"',
    ],
  },
  'aws-ova': {
    program: 'aws',
    variables: { BUCKET: '', REGION: 'eu-central-1' },
    commands: ({ name, firmware, files }) => [
      `aws s3 cp ${first(files, '.ova')} "s3://$BUCKET/" --region "$REGION"`,
      `aws ec2 import-image --region "$REGION" --description ${name} --architecture x86_64 --boot-mode ${firmware === 'efi' ? 'uefi' : 'legacy-bios'} --disk-containers "Format=OVA,UserBucket={S3Bucket=$BUCKET,S3Key=${first(files, '.ova')}}"`,
    ],
  },
  gcp: {
    program: 'gcloud',
    variables: { BUCKET: '', PROJECT: '' },
    commands: ({ name, firmware, files }) => [
      `gcloud storage cp ${first(files, '.tar.gz')} "gs://$BUCKET/"`,
      `gcloud compute images create ${name.toLowerCase().replace(/[^a-z0-9-]+/g, '-')} --project "$PROJECT" --source-uri "gs://$BUCKET/${first(files, '.tar.gz')}"${firmware === 'efi' ? ' --guest-os-features UEFI_COMPATIBLE' : ''}`,
    ],
  },
  openstack: {
    program: 'openstack',
    variables: { OS_CLOUD: '' },
    commands: ({ name, firmware, files }) => [
      `openstack image create --disk-format qcow2 --container-format bare --file ${first(files, '.qcow2')} --property hw_disk_bus=virtio --property hw_vif_model=virtio --property hw_firmware_type=${firmware === 'efi' ? 'uefi' : 'bios'} ${name}`,
    ],
  },
  docker: { program: 'docker', variables: {}, commands: upload => [dockerImport(upload)] },
};

/** `docker import` with its labels; the shell that evaluates it sees each value in single quotes. */
function dockerImport({ files, labels, image, version }: Upload): string {
  const changes = Object.entries(labels).map(([key, value]) => `LABEL ${key}=${JSON.stringify(value)}`);
  const words = [...changes, 'CMD ["/bin/sh"]'].map(change => `--change ${shellQuote(change)}`);
  const tag = version.replace(/[^A-Za-z0-9_.-]/g, '-');
  return `docker import ${words.join(' ')} ${first(files, '-rootfs.tar.gz')} "\${REPOSITORY:-${image}}:${tag}"`;
}

/** A script that uploads and registers what a target made; undefined for targets that nothing is uploaded for. */
export function uploadScript(target: TargetName, upload: Upload): string | undefined {
  const vendor = VENDORS[target];
  if (!vendor) return undefined;
  const { program, variables } = vendor;
  const required = Object.entries(variables).filter(([, value]) => value === '');
  return [
    '#!/bin/sh',
    `# Uploads ${upload.name} with ${program}. Nothing secret is in here: ${program} has its own login.`,
    '# --dry-run prints the commands only.',
    'set -eu',
    'cd "$(dirname "$0")"',
    ...Object.entries(variables).map(([name, value]) => `: "\${${name}:=${value}}"`),
    'run() { if [ -n "$DRY" ]; then echo "$1"; else eval "$1"; fi; }',
    'DRY=',
    'for argument; do [ "$argument" != --dry-run ] || DRY=yes; done',
    'if [ -z "$DRY" ]; then',
    `\tcommand -v ${program} > /dev/null || { echo "${program} is not installed." >&2; exit 4; }`,
    ...required.map(([name]) => `\t[ -n "$${name}" ] || { echo "Set ${name}." >&2; exit 2; }`),
    'fi',
    ...vendor.commands(upload).map(command => `run '${command.replaceAll("'", `'\\''`)}'`),
    '',
  ].join('\n');
}
