import { isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';
import { nearest } from '../../model/nearest.ts';
import { isTemplated, type Report } from './report.ts';
import type { YamlText } from './yaml-shape.ts';

/**
 * The actions of `storage.config`. The source is curtin's storage_config.py (its schemas), and what subiquity adds to
 * them: `match`, sizes of -1 and in per cent.
 */
const TYPES = [
  ...['disk', 'partition', 'format', 'mount', 'lvm_volgroup', 'lvm_partition', 'dm_crypt', 'raid', 'bcache', 'zpool'],
  ...['zfs', 'dasd', 'nvme_controller', 'device', 'gpt-table'],
];

/** What a value of an action is one of. */
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  type: TYPES,
  ptable: ['gpt', 'msdos', 'dos', 'vtoc', 'unsupported'],
  flag: ['', 'bios_grub', 'boot', 'extended', 'home', 'linux', 'logical', 'lvm', 'mbr', 'prep', 'raid', 'swap'],
  fstype: [
    ...['btrfs', 'ext', 'ext2', 'ext3', 'ext4', 'f2fs', 'fat', 'fat12', 'fat16', 'fat32', 'jfs', 'linux-swap', 'ntfs'],
    ...['reiserfs', 'swap', 'vfat', 'xfs', 'zfsroot', 'none', 'tmpfs', 'auto'],
  ],
};
/** Without these curtin cannot do the action; it takes others (`flag: esp`) that its own schema does not have. */
const isRequired = (name: string): boolean => name === 'type' || name === 'fstype';
/** Keys that name another action by its id, by the type of the action: the `pool` of a zpool is its own name. */
const REFERENCES: Readonly<Record<string, readonly string[]>> = {
  partition: ['device'],
  format: ['volume'],
  mount: ['device'],
  lvm_partition: ['volgroup'],
  dm_crypt: ['volume'],
  bcache: ['backing_device', 'cache_device'],
  zfs: ['pool'],
};
const SIZE = /^(-1|\d+(\.\d+)?\s*([kmgtp]?(i?b)?|%))$/i;

/** What curtin would stop at in the actions of a `storage.config`. */
export function checkStorageConfig(report: Report, yaml: YamlText, config: unknown): void {
  if (!isSeq(config)) return;
  const actions = config.items.filter(isMap);
  const tell: Tell = (node, message, hint, severity = 'error') => {
    const { line, col } = yaml.lines.linePos(node.range?.[0] ?? 0);
    report[severity]({ line, column: col, message, ...(hint === undefined ? {} : { hint }) });
  };
  const ids = new Set<string>();
  for (const action of actions) {
    const id = action.get('id', true);
    if (id === undefined) tell(action, 'An action of the storage wants an id.');
    else if (ids.has(textOf(id))) tell(id as Node, `Two actions have the id ${textOf(id)}.`);
    ids.add(textOf(id));
  }
  for (const action of actions) checkAction(action, ids, tell);
  const mounts = actions.filter(action => textOf(action.get('type', true)) === 'mount');
  const isRooted = mounts.some(action => ['/', ''].includes(textOf(action.get('path', true))));
  const first = mounts[0]?.get('path', true);
  const isOpen = mounts.some(action => isTemplated(textOf(action.get('path', true))));
  if (first && !isRooted && !isOpen && !actions.some(action => /^z(fs|pool)$/.test(textOf(action.get('type', true)))))
    tell(first as Node, 'Nothing is mounted at /.');
}

type Tell = (node: Node, message: string, hint?: string, severity?: 'error' | 'warning') => void;

const textOf = (node: unknown): string => (isScalar(node) ? String(node.value ?? '') : '');

function checkAction(action: YAMLMap, ids: ReadonlySet<string>, tell: Tell): void {
  const type = textOf(action.get('type', true));
  for (const { key, value } of action.items) {
    const name = textOf(key);
    const text = textOf(value);
    if (!isScalar(value) || isTemplated(text)) continue;
    const choices = CHOICES[name];
    if (choices && !choices.includes(text)) {
      const meant = nearest(text, choices);
      tell(
        value,
        `There is no ${name} ${JSON.stringify(text)}.`,
        meant ? `Did you mean ${meant}?` : `One of ${choices.join(', ')}.`,
        isRequired(name) ? 'error' : 'warning',
      );
    }
    if (REFERENCES[type]?.includes(name) && !ids.has(text) && !(name === 'device' && text === ''))
      tell(value, `No action has the id ${text}.`, nearestHint(text, ids));
    if (name === 'size' && !SIZE.test(text)) tell(value, `This is no size: ${text}.`, 'For example 1G, 50% or -1.');
    if (name === 'path' && type === 'mount' && !/^(\/.*|none|swap|)$/.test(text))
      tell(value, `A mount point begins with a slash, not ${JSON.stringify(text)}.`);
  }
}

function nearestHint(text: string, ids: ReadonlySet<string>): string | undefined {
  const meant = nearest(text, ids);
  return meant === undefined ? undefined : `Did you mean ${meant}?`;
}
