import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { GoldsmithError } from '../model/failure.ts';
import type { PackageManager } from '../model/host.ts';

/** A row of setup/packages.tsv, the table that the set-up installs from: the doctor looks at the same one. */
export interface PackageRow {
  group: 'run' | 'test';
  check: string;
  packages: Partial<Record<PackageManager, string[]>>;
  purpose: string;
}

const TABLE = 'setup/packages.tsv';

/** @throws GoldsmithError `unexpected` when the checkout has no table. */
export function readPackageTable(file: string = path.join(checkout(), TABLE)): PackageRow[] {
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

/** The folder above us that holds the table: as source we are two folders below it, compiled three. */
export function checkout(): string {
  for (let dir = path.dirname(fileURLToPath(import.meta.url)); dir !== path.dirname(dir); dir = path.dirname(dir)) {
    if (existsSync(path.join(dir, TABLE))) return dir;
  }
  throw new GoldsmithError('unexpected', `${TABLE} is not in this checkout.`);
}
