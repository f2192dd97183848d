import { shellQuote } from '../guest/shell-quote.ts';
import type { TargetName } from '../model/export.ts';
import type { GlanceImage } from './clouds.ts';

/** What the commands of an upload are made from. */
export interface Upload {
  name: string;
  firmware: 'bios' | 'efi';
  files: string[];
  image: string;
  version: string;
  arch: string;
  glance: GlanceImage;
  /** Of the image in Docker. */
  labels: Record<string, string>;
}

export interface Vendor {
  /** The vendor's own program, which has its own login. */
  program: string;
  /** Variables at the top of the script, with their defaults; an empty one has to be set. */
  variables: Record<string, string>;
  /** What has to be there before; shown at the top. */
  needs: string[];
  commands(upload: Upload): string[];
}

const ending = (files: string[], end: string): string[] => files.filter(file => file.endsWith(end));
const first = (files: string[], end: string): string => ending(files, end)[0] ?? '';
const isEfi = ({ firmware }: Upload): boolean => firmware === 'efi';

/** The vendors' own command lines. Sources: the references of Azure CLI, AWS CLI, gcloud, govc, python-openstackclient and VBoxManage. */
export const VENDORS: Partial<Record<TargetName, Vendor>> = {
  azure: {
    program: 'az',
    variables: { RESOURCE_GROUP: '', STORAGE_ACCOUNT: '', CONTAINER: 'images', LOCATION: 'westeurope' },
    needs: ['az login', 'a storage account and a container in it'],
    commands: azure,
  },
  aws: {
    program: 'aws',
    variables: { BUCKET: '', REGION: 'eu-central-1' },
    needs: ['aws configure', 'a bucket in the region', 'the role vmimport (docs.aws.amazon.com/vm-import)'],
    commands: awsSnapshots,
  },
  'aws-ova': {
    program: 'aws',
    variables: { BUCKET: '', REGION: 'eu-central-1' },
    needs: ['aws configure', 'a bucket in the region', 'the role vmimport (docs.aws.amazon.com/vm-import)'],
    commands: upload => [
      `aws s3 cp ${first(upload.files, '.ova')} "s3://$BUCKET/" --region "$REGION"`,
      `aws ec2 import-image --region "$REGION" --description ${upload.name} --architecture ${upload.arch} --boot-mode ${isEfi(upload) ? 'uefi' : 'legacy-bios'} --disk-containers "Format=OVA,UserBucket={S3Bucket=$BUCKET,S3Key=${first(upload.files, '.ova')}}"`,
      'aws ec2 describe-import-image-tasks --region "$REGION" --filters Name=task-state,Values=active',
    ],
  },
  gcp: {
    program: 'gcloud',
    variables: { BUCKET: '', PROJECT: '' },
    needs: ['gcloud auth login', 'a bucket'],
    commands: google,
  },
  openstack: {
    program: 'openstack',
    variables: { OS_CLOUD: '' },
    needs: ['a cloud in clouds.yaml'],
    commands: ({ name, files, glance }) => {
      const properties = Object.entries(glance.properties).map(
        ([key, value]) => `--property ${key}=${shellQuote(value)}`,
      );
      const limits = `--min-disk ${glance.min_disk} --min-ram ${glance.min_ram}`;
      return ending(files, '.qcow2').map(
        (file, nth) =>
          `openstack image create --disk-format qcow2 --container-format bare ${limits} --file ${file} ${properties.join(' ')} ${nth === 0 ? name : file.replace('.qcow2', '')}`,
      );
    },
  },
  'ova-vmware': {
    program: 'govc',
    variables: { GOVC_URL: '' },
    needs: ['GOVC_URL, GOVC_USERNAME and GOVC_PASSWORD in the environment'],
    commands: ({ name, files }) => [`govc import.ova -name ${name} ${first(files, '.ova')}`],
  },
  'ova-virtualbox': {
    program: 'VBoxManage',
    variables: {},
    needs: ['VirtualBox'],
    commands: upload => [
      `VBoxManage import ${first(upload.files, '.ova')} --vsys 0 --vmname ${upload.name}`,
      // VirtualBox reads no firmware from an OVF.
      ...(isEfi(upload) ? [`VBoxManage modifyvm ${upload.name} --firmware efi`] : []),
    ],
  },
  docker: {
    program: 'docker',
    variables: {},
    needs: ['a Docker that runs'],
    commands: upload => [dockerImport(upload)],
  },
};

/** A page blob for each disk, then an image of them: generation 2 is UEFI. */
function azure(upload: Upload): string[] {
  const { name, files } = upload;
  const blob = (file: string): string => `"https://$STORAGE_ACCOUNT.blob.core.windows.net/$CONTAINER/${file}"`;
  const [boot = '', ...others] = ending(files, '.vhd');
  const data = others.length > 0 ? ` --data-disk-sources ${others.map(blob).join(' ')}` : '';
  return [
    ...[boot, ...others].map(
      file =>
        `az storage blob upload --auth-mode login --account-name "$STORAGE_ACCOUNT" --container-name "$CONTAINER" --type page --name ${file} --file ${file}`,
    ),
    `az image create --resource-group "$RESOURCE_GROUP" --location "$LOCATION" --name ${name} --os-type Linux --hyper-v-generation ${isEfi(upload) ? 'V2' : 'V1'} --source ${blob(boot)}${data}`,
  ];
}

/** The disks as snapshots, so that AWS changes nothing in them; then an image of them. */
function awsSnapshots(upload: Upload): string[] {
  const disks = ending(upload.files, '.vmdk');
  const requests = ending(upload.files, '.import-snapshot.json');
  const imports = disks.flatMap((file, nth) => [
    `aws s3 cp ${file} "s3://$BUCKET/" --region "$REGION"`,
    // Not in the folder: a file more there and `goldsmith verify` would refuse it.
    `request=$(mktemp) && sed "s/@BUCKET@/$BUCKET/" ${requests[nth]} > "$request"`,
    `task${nth}=$(aws ec2 import-snapshot --region "$REGION" --disk-container "file://$request" --query ImportTaskId --output text)`,
    'rm -f "$request"',
    `aws ec2 wait snapshot-imported --region "$REGION" --import-task-ids "$task${nth}"`,
    `snapshot${nth}=$(aws ec2 describe-import-snapshot-tasks --region "$REGION" --import-task-ids "$task${nth}" --query "ImportSnapshotTasks[0].SnapshotTaskDetail.SnapshotId" --output text)`,
  ]);
  const mapping = (nth: number): string =>
    `"DeviceName=/dev/${nth === 0 ? 'xvda' : `sd${'fghijklmnop'[nth - 1]}`},Ebs={SnapshotId=$snapshot${nth}}"`;
  const mappings = disks.map((_, nth) => mapping(nth)).join(' ');
  return [
    ...imports,
    `aws ec2 register-image --region "$REGION" --name ${upload.name} --architecture ${upload.arch} --virtualization-type hvm --ena-support --boot-mode ${isEfi(upload) ? 'uefi' : 'legacy-bios'} --root-device-name /dev/xvda --block-device-mappings ${mappings}`,
  ];
}

/** Names in Compute Engine: a small letter first, at most 63 small letters, digits and dashes. */
export const googleName = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^(?![a-z])/, 'image-')
    .slice(0, 63)
    .replace(/-+$/, '');

function google(upload: Upload): string[] {
  const architecture = upload.arch === 'aarch64' ? 'ARM64' : 'X86_64';
  const features = isEfi(upload) ? ' --guest-os-features UEFI_COMPATIBLE' : '';
  return ending(upload.files, '.tar.gz').flatMap((file, nth) => [
    `gcloud storage cp ${file} "gs://$BUCKET/"`,
    `gcloud compute images create ${googleName(nth === 0 ? upload.name : file.replace('-gcp.tar.gz', ''))} --project "$PROJECT" --architecture ${architecture} --source-uri "gs://$BUCKET/${file}"${features}`,
  ]);
}

/** `docker import` with its labels; the shell that evaluates it sees each value in single quotes. */
function dockerImport({ files, labels, image, version }: Upload): string {
  const changes = Object.entries(labels).map(([key, value]) => `LABEL ${key}=${JSON.stringify(value)}`);
  const words = [...changes, 'CMD ["/bin/sh"]'].map(change => `--change ${shellQuote(change)}`);
  const tag = version.replace(/[^A-Za-z0-9_.-]/g, '-');
  return `docker import ${words.join(' ')} ${first(files, '-rootfs.tar.gz')} "\${REPOSITORY:-${image}}:${tag}"`;
}
