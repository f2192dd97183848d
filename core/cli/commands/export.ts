import path from 'node:path';
import { type Command, Option } from 'commander';
import {
  COMPRESSIONS,
  CONTROLLERS,
  type ExportSettings,
  NETWORK_CARDS,
  type VagrantCatalog,
} from '../../model/export.ts';
import type { ExportInfo } from '../../model/hand-off.ts';
import { formatBytes } from '../../model/quantity.ts';
import { type Cli, resultLine, withExamples, withJson } from '../cli.ts';
import { shownPath } from '../errors.ts';
import { parseCount } from '../options.ts';
import { createProgress, type ProgressOptions } from '../progress.ts';
import { formatTable } from '../table.ts';

interface Flags extends ProgressOptions {
  to: string[];
  output?: string;
  hardwareVersion?: number;
  ovaHash?: 'sha256' | 'sha1';
  signKey?: string;
  controller?: ExportSettings['controller'];
  network?: ExportSettings['network'];
  firmware?: ExportSettings['firmware'];
  compression?: ExportSettings['compression'];
  boxVersion?: '1' | '2';
  vagrantCatalog?: string;
  vagrantUrl?: string;
  vagrantName?: string;
}

export function registerExport(program: Command, cli: Cli): void {
  const command = program
    .command('export')
    .argument('<image>', 'image, image@version or image@channel')
    .description('Write a release in the formats its receivers want, with checksums, notes and upload scripts.')
    .requiredOption(
      '--to <targets>',
      'comma-separated: raw, qcow2, openstack, vhd, azure, vhdx, ova-vmware, gcp, ...',
      split,
    )
    .option('-o, --output <folder>', 'the folder to make (default: IMAGE-VERSION here)')
    .option('--hardware-version <n>', 'of an OVA for VMware: vmx-N (default: 14)', parseCount)
    .addOption(
      new Option('--ova-hash <hash>', "of an OVA's manifest; sha1 for VMware before 6.5").choices(['sha256', 'sha1']),
    )
    .addOption(new Option('--controller <kind>', "of an OVA's disks (default: sata)").choices(CONTROLLERS))
    .addOption(new Option('--network <card>', "of an OVA (default: the hypervisor's usual one)").choices(NETWORK_CARDS))
    .addOption(new Option('--firmware <kind>', 'that is told (default: the tested one)').choices(['bios', 'efi']))
    .addOption(new Option('--compression <kind>', 'of a QCOW2 (default: zlib)').choices(COMPRESSIONS))
    .addOption(new Option('--box-version <n>', 'layout of a Vagrant box for libvirt (default: 1)').choices(['1', '2']))
    .option('--vagrant-catalog <file>', 'the catalogue that a Vagrantfile names: this release is added to it')
    .option('--vagrant-url <url>', 'where the folder of the export will be found (default: where it is)')
    .option('--vagrant-name <name>', 'the name of the box in the catalogue (default: of the image)')
    .option('--sign-key <key>', 'sign the checksums: a file of minisign -G -W, or a key of GnuPG')
    .option('--plain', 'one line for each event instead of live progress');
  withExamples(withJson(command), [
    'export debian-13 --to qcow2,azure,gcp',
    'export debian-13@stable --to ova-vmware --hardware-version 13 -o handoff',
  ]).action((ref: string, flags: Flags) => exportImage(ref, flags, cli));
}

const split = (text: string, before: string[] = []): string[] => [
  ...before,
  ...text
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== ''),
];

async function exportImage(ref: string, flags: Flags, cli: Cli): Promise<void> {
  const engine = await cli.engine();
  const release = await engine.resolve(ref);
  const dir = path.resolve(cli.cwd, flags.output ?? `${release.image}-${release.version}`);
  const progress = await createProgress(cli, flags);
  const options = {
    targets: flags.to,
    dir,
    ...(flags.hardwareVersion === undefined ? {} : { hardwareVersion: flags.hardwareVersion }),
    ...(flags.ovaHash === undefined ? {} : { manifestHash: flags.ovaHash }),
    ...(flags.signKey === undefined ? {} : { signKey: flags.signKey }),
    ...(flags.controller === undefined ? {} : { controller: flags.controller }),
    ...(flags.network === undefined ? {} : { network: flags.network }),
    ...(flags.firmware === undefined ? {} : { firmware: flags.firmware }),
    ...(flags.compression === undefined ? {} : { compression: flags.compression }),
    ...(flags.boxVersion === undefined ? {} : { boxVersion: flags.boxVersion === '2' ? (2 as const) : (1 as const) }),
    ...catalogOf(flags, cli),
  };
  const made = await engine
    .exportTo(ref, options, { signal: cli.signal, onEvent: progress.onEvent })
    .finally(progress.stop);
  cli.print(flags.json ? resultLine(made) : describe(made, cli));
}

function catalogOf({ vagrantCatalog, vagrantUrl, vagrantName }: Flags, { cwd }: Cli): { catalog?: VagrantCatalog } {
  if (vagrantCatalog === undefined) return {};
  const baseUrl = vagrantUrl?.replace(/\/?$/, '/');
  return {
    catalog: {
      file: path.resolve(cwd, vagrantCatalog),
      ...(baseUrl === undefined ? {} : { baseUrl }),
      ...(vagrantName === undefined ? {} : { name: vagrantName }),
    },
  };
}

function describe(made: ExportInfo, cli: Cli): string {
  const sizes = new Map(made.files.map(({ file, bytes }) => [file, formatBytes(bytes)]));
  const rows = made.targets.flatMap(({ target, files }) =>
    files.map((file, nth) => [nth === 0 ? target : '', file, sizes.get(file) ?? '']),
  );
  const table = formatTable(['TARGET', 'FILE', 'SIZE'], rows, cli.style);
  return `${table}\n${made.image}@${made.version} is in ${shownPath(made.dir, cli.cwd)}; HANDOFF.md says what is what.`;
}
