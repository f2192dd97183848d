import { GoldsmithError } from '../../model/failure.ts';
import type { CleanOptions } from '../../model/image.ts';
import { askQuestion } from '../ask.ts';
import type { Cli } from '../cli.ts';
import { formatTable } from '../table.ts';

export interface CleanLibvirtFlags {
  dryRun: boolean;
  all: boolean;
  isSure: boolean;
  uri: string | undefined;
  json: boolean;
}

/** Lists what Goldsmith left in a libvirt; removes it once a person has said yes to the list. */
export async function cleanLibvirt({ dryRun, all, isSure, uri, json }: CleanLibvirtFlags, cli: Cli): Promise<void> {
  const engine = await cli.engine();
  const options: CleanOptions = { dryRun: true, all, libvirt: uri === undefined ? {} : { uri } };
  const found = await engine.clean(options);
  const rows = found.map(({ kind, name, reason }) => [kind, name, reason]);
  if (!json) cli.print(rows.length === 0 ? 'Nothing to clean.' : formatTable(['WHAT', 'NAME', 'WHY'], rows, cli.style));
  const isWanted = !dryRun && found.length > 0 && (isSure || (await isAgreed(json, cli)));
  const removed = isWanted ? await engine.clean({ ...options, dryRun: false }) : [];
  if (json) cli.print(JSON.stringify(isWanted ? removed : found));
  else if (isWanted) cli.print(`\nRemoved ${removed.length}.`);
}

async function isAgreed(json: boolean, cli: Cli): Promise<boolean> {
  if (json || !cli.stdin.isTTY) {
    throw new GoldsmithError('usage', 'Nobody is there to be asked.', {
      hint: 'Add --yes, or --dry-run to list only.',
    });
  }
  const choices = [
    { key: 'y', label: 'yes' },
    { key: 'n', label: 'no' },
  ];
  return (await askQuestion({ text: '\nRemove these?', choices }, cli)) === 'y';
}
