import { appendFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { PostProcessor } from '../../model/recipe.ts';
import type { Artifact, PostProcessContext } from './artifact.ts';

/** What the receiver does with the files, where one command is enough. `FILE` is the first of them. */
const COMMANDS: Readonly<Record<string, string>> = {
  'amazon-import':
    'aws s3 cp FILE s3://BUCKET/ && aws ec2 import-image --disk-containers Format=raw,UserBucket={S3Bucket=BUCKET,S3Key=KEY}',
  'digitalocean-import': 'doctl compute image create NAME --region REGION --image-url URL',
  'exoscale-import': 'exo compute instance-template register NAME URL MD5',
  'googlecompute-import': 'gcloud compute images create NAME --source-uri gs://BUCKET/FILE',
  'openstack-import': 'openstack image create --disk-format qcow2 --container-format bare --file FILE NAME',
  'oci-import': 'oci compute image import from-object --bucket-name BUCKET --name FILE --namespace NAMESPACE',
  'vagrant-cloud': 'vagrant cloud publish BOX VERSION PROVIDER FILE',
  'vagrant-registry': 'vagrant cloud publish BOX VERSION PROVIDER FILE',
  vsphere: 'ovftool FILE vi://USER@HOST/...',
};

/** A post-processor that would bring the image to a service: written down for whoever may do that. */
export async function noteHandOff(
  item: PostProcessor,
  artifact: Artifact,
  context: PostProcessContext,
): Promise<Artifact> {
  const { place, type, options } = item;
  const file = context.handOffFile;
  const shown = context.scope.secrets.maskDeep(options);
  const command = COMMANDS[type];
  const first = artifact.files[0] ?? 'FILE';
  const lines = [
    `## ${type}`,
    '',
    `The recipe (${place.file}:${place.line ?? 1}) asks for this; Goldsmith has not done it.`,
    '',
    'Files:',
    ...artifact.files.map(one => `* ${path.relative(path.dirname(file), one)}`),
    '',
    'Options:',
    ...Object.entries(shown).map(([name, value]) => `* ${name}: ${JSON.stringify(value)}`),
    ...(command ? ['', `    ${command.replaceAll('FILE', path.relative(path.dirname(file), first))}`] : []),
    '',
    '',
  ];
  await mkdir(path.dirname(file), { recursive: true });
  await appendFile(file, lines.join('\n'));
  context.scope.emit({
    type: 'warning',
    message: `The post-processor ${type} was not run: Goldsmith uploads nothing.`,
    hint: `${file} says what is left to do.`,
  });
  return artifact;
}
