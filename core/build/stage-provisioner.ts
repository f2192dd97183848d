import path from 'node:path';
import type { Provisioner } from '../model/recipe.ts';
import { hashOf, hashTree } from './stage-files.ts';

type Reading = { [K in Provisioner['kind']]: (item: Extract<Provisioner, { kind: K }>) => (string | undefined)[] };

const scriptsOf = ({ scripts }: { scripts: string[] }): string[] => scripts;

/** `@file` among a program's arguments: variables that Ansible reads from a file. */
const variableFiles = (args: string[]): string[] => args.flatMap(argument => /(?:^|=)@(.+)$/.exec(argument)?.[1] ?? []);

/** Files and folders of this host that each kind of provisioner reads. */
const READS: Reading = {
  shell: scriptsOf,
  'shell-local': scriptsOf,
  powershell: scriptsOf,
  'windows-shell': scriptsOf,
  file: ({ direction, sources }) => (direction === 'upload' ? sources : []),
  // A playbook's roles, templates and variables lie beside it: its whole folder counts.
  ansible: item => [
    path.dirname(item.playbookFile),
    item.rolesPath,
    item.collectionsPath,
    item.galaxyFile,
    item.inventoryDirectory,
    item.inventoryFile,
    ...variableFiles(item.extraArguments),
  ],
  'ansible-local': item => [
    ...item.playbookFiles,
    item.playbookDir,
    ...item.playbookPaths,
    ...item.rolePaths,
    ...item.collectionPaths,
    item.groupVars,
    item.hostVars,
    item.inventoryFile,
    item.galaxyFile,
    ...variableFiles(item.extraArguments),
  ],
  'windows-restart': () => [],
  'windows-update': () => [],
  breakpoint: () => [],
  sleep: () => [],
};

/** What goes into one provisioner: its options, and the content of everything that it reads. Values are hashes. */
export async function provisionerInputs(item: Provisioner, root: string): Promise<Record<string, string>> {
  const { place: _, ...options } = item;
  const files = (READS[item.kind] as (item: Provisioner) => (string | undefined)[])(item);
  const named = [...new Set(files)].filter(file => file !== undefined && file !== '');
  const hashed = await Promise.all(
    named.map(async (file = '') => {
      const absolute = path.resolve(root, file);
      return [`file ${path.relative(root, absolute) || '.'}`, await hashTree(absolute)] as const;
    }),
  );
  return { options: hashOf(withoutRoot(options, root)), ...Object.fromEntries(hashed) };
}

/** The same recipe elsewhere is the same recipe. */
const withoutRoot = (options: object, root: string): string =>
  JSON.stringify(options).replaceAll(JSON.stringify(root).slice(1, -1), '');
