import path from 'node:path';
import { Argument, type Command } from 'commander';
import { ISO_NAMES, type IsoName } from '../../model/lab.ts';
import { formatBytes } from '../../model/quantity.ts';
import { type Cli, resultLine, withExamples, withJson } from '../cli.ts';
import { shownPath } from '../errors.ts';
import { createProgress, type ProgressOptions } from '../progress.ts';

interface Flags extends ProgressOptions {
  output?: string;
  force?: boolean;
}

export function registerIso(program: Command, cli: Cli): void {
  const command = program
    .command('iso')
    .addArgument(new Argument('<name>', 'which ISO').choices(ISO_NAMES))
    .description(
      "Make a built-in installer ISO. debian-13: a BIOS and UEFI netboot ISO of Debian's own installer, made to fit the mirror.",
    )
    .option('-o, --output <file>', 'write a copy here')
    .option('--force', 'make it again though it is there')
    .option('--plain', 'one line for each event instead of live progress');
  withExamples(withJson(command), ['iso debian-13', 'iso tiny -o tiny.iso']).action((name: IsoName, flags: Flags) =>
    iso(name, flags, cli),
  );
}

async function iso(name: IsoName, flags: Flags, cli: Cli): Promise<void> {
  const engine = await cli.engine();
  const progress = await createProgress(cli, flags);
  const options = {
    force: flags.force === true,
    ...(flags.output === undefined ? {} : { output: path.resolve(cli.cwd, flags.output) }),
  };
  const made = await engine
    .iso(name, options, { signal: cli.signal, onEvent: progress.onEvent })
    .finally(progress.stop);
  if (flags.json) return cli.print(resultLine(made));
  const how = made.isReused ? 'was there already' : 'made';
  cli.print(`${shownPath(made.path, cli.cwd)}  ${formatBytes(made.bytes)}  sha256:${made.sha256}  (${how})`);
}
