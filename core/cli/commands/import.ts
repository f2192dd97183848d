import path from 'node:path';
import type { Command } from 'commander';
import { formatBytes } from '../../model/quantity.ts';
import { type Cli, resultLine, withExamples, withJson } from '../cli.ts';
import { shownPath } from '../errors.ts';
import { createProgress, type ProgressOptions } from '../progress.ts';
import { formatFields } from '../table.ts';

interface Flags extends ProgressOptions {
  as?: string;
  version?: string;
  description?: string;
  sha256?: string;
}

export function registerImport(program: Command, cli: Cli): void {
  const command = program
    .command('import')
    .argument('<file>', 'a qcow2, raw, VHD, VHDX or VMDK image, or an OVA')
    .description(
      'Take an image from outside as a base: looked at before QEMU sees it, and converted where it can touch nothing else.',
    )
    .option('--as <image>', 'name of the image (default: as the file is called)')
    .option('--version <name>', 'its version (default: the date)')
    .option('--description <text>', 'what it is')
    .option('--sha256 <hex>', 'what the file must be')
    .option('--plain', 'one line for each event instead of live progress');
  withExamples(withJson(command), ['import golden.vhdx', 'import appliance.ova --as appliance --version 2.1']).action(
    (file: string, flags: Flags) => importImage(file, flags, cli),
  );
}

async function importImage(file: string, flags: Flags, cli: Cli): Promise<void> {
  const engine = await cli.engine();
  const progress = await createProgress(cli, flags);
  const { as: image, version, description, sha256 } = flags;
  const options = {
    ...(image === undefined ? {} : { image }),
    ...(version === undefined ? {} : { version }),
    ...(description === undefined ? {} : { description }),
    ...(sha256 === undefined ? {} : { sha256 }),
  };
  const release = await engine
    .importImage(path.resolve(cli.cwd, file), options, { signal: cli.signal, onEvent: progress.onEvent })
    .finally(progress.stop);
  if (flags.json) return cli.print(resultLine(release));
  const name = `${release.image}@${release.version}`;
  const fields = formatFields(
    [
      ['image', `${shownPath(release.path, cli.cwd)} (${formatBytes(release.bytes)})`],
      ['as a base', 'iso_url and disk_image = true in a recipe, with the path above'],
      ['hand it on', `goldsmith export ${name} --to ...`],
    ],
    cli.style,
  );
  cli.print(`${cli.style.green(`Imported ${name}.`)} Nobody has booted it yet: goldsmith run ${name}\n${fields}`);
}
