import { type Command, Option } from 'commander';
import { formatBytes } from '../../model/quantity.ts';
import { type Cli, type CommonOptions, withExamples, withJson } from '../cli.ts';
import { type DriverFlags, parseTime } from '../options.ts';
import { formatTable } from '../table.ts';

interface Flags extends CommonOptions, DriverFlags {
  yes?: boolean;
  dryRun?: boolean;
  all?: boolean;
  olderThan?: number;
}

export function registerClean(program: Command, cli: Cli): void {
  const command = program
    .command('clean')
    .description('Give back what crashed builds left (machines, sockets, folders) and remove garbage. Releases stay.')
    .option('-n, --dry-run', 'only say what would be removed')
    .option('--all', 'also caches: downloads, packages, stages')
    .addOption(
      new Option('--driver <name>', 'what Goldsmith left in a libvirt: listed, then asked about').choices(['libvirt']),
    )
    .option('--uri <uri>', 'which libvirt (default: qemu:///session)')
    .option('--yes', 'remove what is listed without asking')
    .option('--older-than <time>', 'also finished builds older than this, e.g. 30d', parseTime);
  withExamples(withJson(command), [
    'clean --dry-run',
    'clean --older-than 30d',
    'clean --all',
    'clean --driver libvirt',
  ]).action((flags: Flags) => clean(flags, cli));
}

async function clean(flags: Flags, cli: Cli): Promise<void> {
  const { dryRun = false, all = false, olderThan, json, driver, uri } = flags;
  if (driver === 'libvirt' || uri !== undefined) {
    const { cleanLibvirt } = await import('./clean-libvirt.ts');
    return cleanLibvirt({ dryRun, all, isSure: flags.yes === true, uri, json: json === true }, cli);
  }
  const engine = await cli.engine();
  const removals = await engine.clean({ dryRun, all, ...(olderThan === undefined ? {} : { olderThanMs: olderThan }) });
  if (json) return cli.print(JSON.stringify(removals));
  if (removals.length === 0) return cli.print('Nothing to clean.');
  const rows = removals.map(({ kind, name, freedBytes, reason }) => [kind, name, formatBytes(freedBytes), reason]);
  const total = formatBytes(removals.reduce((sum, { freedBytes }) => sum + freedBytes, 0));
  cli.print(formatTable(['WHAT', 'NAME', 'SIZE', 'WHY'], rows, cli.style));
  cli.print(`\n${dryRun ? 'Would free' : 'Freed'} ${total}.`);
}
