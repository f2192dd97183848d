import type { Manifest } from '../../core/model/manifest.ts';

export interface PackageChange {
  name: string;
  before?: string;
  after?: string;
}

export interface Comparison {
  added: PackageChange[];
  removed: PackageChange[];
  changed: PackageChange[];
  /** Everything else that a manifest says, where it differs. */
  facts: { name: string; before: string; after: string }[];
}

/** What is different in `after`. */
export function compare(before: Manifest, after: Manifest): Comparison {
  const old = packagesOf(before);
  const now = packagesOf(after);
  const changes = [...new Set([...old.keys(), ...now.keys()])].sort().map(name => changeOf(name, old, now));
  return {
    added: changes.filter(change => change.before === undefined),
    removed: changes.filter(change => change.after === undefined),
    changed: changes.filter(({ before: a, after: b }) => a !== undefined && b !== undefined && a !== b),
    facts: factsOf(before, after),
  };
}

const packagesOf = ({ packages = [] }: Manifest): Map<string, string> =>
  new Map(packages.map(({ name, version, arch }) => [arch ? `${name}:${arch}` : name, version]));

function changeOf(name: string, old: Map<string, string>, now: Map<string, string>): PackageChange {
  const before = old.get(name);
  const after = now.get(name);
  return { name, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}

function factsOf(before: Manifest, after: Manifest): Comparison['facts'] {
  const old = flat(before);
  const now = flat(after);
  return [...new Set([...old.keys(), ...now.keys()])]
    .map(name => ({ name, before: old.get(name) ?? '–', after: now.get(name) ?? '–' }))
    .filter(fact => fact.before !== fact.after);
}

function flat(manifest: Manifest): Map<string, string> {
  const { disks, inputs, tools, tests, source, build } = manifest;
  return new Map([
    ...disks.flatMap(({ file, bytes, virtualSizeBytes }): [string, string][] => [
      [`${file}: bytes`, String(bytes)],
      [`${file}: virtual size`, String(virtualSizeBytes)],
    ]),
    ...inputs.map(({ kind, name, sha256 }): [string, string] => [`${kind} ${name}`, sha256.slice(0, 16)]),
    ...Object.entries(tools),
    ...tests.map(({ name, ok }): [string, string] => [`test “${name}”`, ok ? 'passed' : 'failed']),
    ...(source ? [['repository', source.describe] as [string, string]] : []),
    ...(build ? [['build', build] as [string, string]] : []),
  ]);
}
