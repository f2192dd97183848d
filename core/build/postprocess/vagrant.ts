import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { GoldsmithError } from '../../model/failure.ts';
import { compressionLevel, type Entries, tarOf, writeCompressed } from './archive.ts';
import { type Artifact, fillText, outputPath, type PostProcessContext, textsOf } from './artifact.ts';

const DEFAULT_OUTPUT = 'packer_{{ .BuildName }}_{{ .Provider }}_{{ .Architecture }}.box';
const PROVIDER = 'libvirt';

/**
 * Packer's `vagrant` for a qemu builder: a libvirt box in the layout with several disks (vagrant-libvirt's `disks`),
 * a tar with gzip.
 */
export async function makeVagrantBox(
  given: Record<string, unknown>,
  artifact: Artifact,
  context: PostProcessContext,
): Promise<Artifact> {
  const provider = String(given['provider_override'] ?? PROVIDER);
  if (provider !== PROVIDER) throw otherProvider(provider);
  const options = { ...given, ...overrideOf(given['override']) };
  const architecture = String(options['architecture'] ?? context.architecture);
  const values = { Provider: provider, Architecture: architecture };
  const output = outputPath(String(options['output'] ?? DEFAULT_OUTPUT), context, artifact, values);
  const dir = path.join(context.workDir, 'vagrant');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const disks = disksOf(artifact).map(([name, file]) => ({ name, file }));
  const metadata = {
    provider,
    architecture,
    disks: disks.map(({ name }) => ({ path: name, format: artifact.format ?? 'qcow2' })),
  };
  await writeFile(path.join(dir, 'metadata.json'), JSON.stringify(metadata));
  await writeFile(path.join(dir, 'Vagrantfile'), await vagrantfile(options, artifact, context, values));
  const entries: Entries = [
    ['metadata.json', path.join(dir, 'metadata.json')],
    ['Vagrantfile', path.join(dir, 'Vagrantfile')],
    ...textsOf(options['include']).map((file): Entries[number] => [
      path.basename(file),
      path.resolve(context.root, fillText(file, context, artifact)),
    ]),
    ...disks.map(({ name, file }): Entries[number] => [name, file]),
  ];
  await writeCompressed(
    () => tarOf(entries),
    output,
    compressionOf(options['compression_level']),
    context.scope.signal,
  );
  return { builderId: 'mitchellh.post-processor.vagrant', id: provider, files: [output], disks: [], owned: [output] };
}

/** 0 packs without compression, as in Packer. */
const compressionOf = (level: unknown): { algorithm: 'gzip'; level: number | undefined } | undefined => {
  if (level === 0) return undefined;
  return { algorithm: 'gzip', level: compressionLevel(level) };
};

function overrideOf(override: unknown): Record<string, unknown> {
  const own = (override as Record<string, unknown> | undefined)?.[PROVIDER];
  return own !== null && typeof own === 'object' ? (own as Record<string, unknown>) : {};
}

function disksOf({ disks, files, builderId }: Artifact): Entries {
  const known = disks.length > 0 ? disks : builderId === 'packer.post-processor.artifice' ? files : [];
  if (known.length > 0) return known.map((file, nth) => [`box_${nth}.img`, file]);
  throw new GoldsmithError('bad-recipe', 'The vagrant post-processor was given no disk image.', {
    hint: 'Put it before post-processors that turn the disk into something else.',
  });
}

const DRIVERS: Readonly<Record<string, string>> = { kvm: 'kvm' };

async function vagrantfile(
  options: Record<string, unknown>,
  artifact: Artifact,
  context: PostProcessContext,
  values: Record<string, string>,
): Promise<string> {
  const driver = DRIVERS[context.accelerator] ?? 'qemu';
  const template = options['vagrantfile_template'];
  const own = template === undefined ? '' : await readTemplate(String(template), context, artifact, values);
  return [
    'Vagrant.configure("2") do |config|',
    '  config.vm.provider :libvirt do |libvirt|',
    `    libvirt.driver = "${driver}"`,
    '  end',
    'end',
    '',
    '# From the vagrantfile_template of the recipe:',
    own,
  ].join('\n');
}

async function readTemplate(
  template: string,
  context: PostProcessContext,
  artifact: Artifact,
  values: Record<string, string>,
): Promise<string> {
  const file = outputPath(template, context, artifact, values);
  const text = await readFile(file, 'utf8').catch(cause => {
    throw new GoldsmithError('bad-recipe', `The vagrantfile_template ${file} cannot be read.`, { cause });
  });
  return fillText(text, context, artifact, values);
}

const otherProvider = (provider: string): GoldsmithError =>
  new GoldsmithError('unsupported', `A qemu builder makes no Vagrant box for ${provider}.`, {
    hint: 'Goldsmith exports boxes for other providers: name the format under `exports` in lab.yaml.',
  });
