import { readFileSync } from 'node:fs';
import type { PackageManager } from '../model/host.ts';
import { ownFile } from '../own-files.ts';

/** A row of setup/packages.tsv, the table that the set-up installs from: the doctor looks at the same one. */
export interface PackageRow {
  group: 'run' | 'test';
  check: string;
  packages: Partial<Record<PackageManager, string[]>>;
  purpose: string;
}

export function readPackageTable(file: string = ownFile('setup/packages.tsv')): PackageRow[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter(line => line !== '' && !line.startsWith('#')).map(parseRow);
}

function parseRow(line: string): PackageRow {
  const [group = '', check = '', apt = '', dnf = '', pacman = '', purpose = ''] = line.split('\t');
  const packages = Object.entries({ apt, dnf, pacman }).filter(([, names]) => names !== '-' && names !== '');
  return {
    group: group === 'run' ? 'run' : 'test',
    check,
    packages: Object.fromEntries(packages.map(([manager, names]) => [manager, names.replaceAll('^', '').split(' ')])),
    purpose,
  };
}
