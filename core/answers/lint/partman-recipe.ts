import { nearest } from '../../model/nearest.ts';
import type { Report } from './report.ts';
import { FILE_SYSTEMS } from './words.ts';

/** Specifiers that partman's parts know; the source is partman-auto-recipe.txt and the parts' scripts. */
const SPECIFIERS: readonly string[] = [
  ...[
    '$primary',
    '$bootable',
    '$lvmok',
    '$defaultignore',
    '$iflabel',
    '$reusemethod',
    '$default_filesystem',
    '$lvmignore',
  ],
  ...[
    '$lvmok',
    '$gptonly',
    '$partname',
    '$wipe',
    '$iftype',
    '$PRIMARY',
    '$uefi',
    '$bios_boot',
    '$raidok',
    '$raidid',
    '$encryptok',
  ],
  ...[
    'method',
    'format',
    'use_filesystem',
    'filesystem',
    'mountpoint',
    'label',
    'options',
    'vg_name',
    'lv_name',
    'in_vg',
  ],
  ...[
    'device',
    'dev',
    'id',
    'raidid',
    'reserved_for_root',
    'usage',
    'bootable',
    'cipher',
    'keytype',
    'keysize',
    'ivalgorithm',
  ],
];

/** File systems of a recipe's fourth word, beside those of mkfs: what partman calls them. */
const OF_RECIPES = [...FILE_SYSTEMS, '$default_filesystem', '$TAG', 'raid', 'lvm', 'crypto', 'btrfs'];

/**
 * A recipe of partman-auto: `name :: min priority max filesystem specifiers … .` for each partition, sizes in MB, per
 * cent of the memory, or -1 for no limit. The format is partman-auto-recipe.txt's, of debian-installer's own manual.
 */
export function checkPartmanRecipe(report: Report, line: number, recipe: string, diskMiB?: number): void {
  const [, ...rest] = recipe.split('::');
  if (/%\{/.test(recipe)) return; // a template of Packer's makes the partitions
  if (rest.length === 0) {
    report.error({ line, message: 'The recipe has no name: it begins with one and `::`.', hint: 'boot-root :: …' });
    return;
  }
  const words = rest.join('::').trim().split(/\s+/);
  const mounted = new Set<string>();
  let partition: string[] = [];
  let leastMb = 0;
  for (const word of words) {
    if (word !== '.') {
      partition.push(word);
      continue;
    }
    if (partition.length === 0) tellEmpty(report, line);
    else checkPartition(report, line, partition);
    checkSpecifiers(report, line, partition.slice(4).join(' '), mounted);
    leastMb += Number(partition[0]) || 0;
    partition = [];
  }
  if (diskMiB !== undefined && (leastMb * 1e6) / 2 ** 20 > diskMiB)
    report.error({ line, message: `The recipe wants at least ${leastMb} MB, and the disk has ${diskMiB} MiB.` });
  if (partition.join('') === '') return;
  report.error({
    line,
    message: `The recipe's last partition is not closed by a dot: ${partition.slice(0, 4).join(' ')} …`,
  });
}

/** partman takes its least size for 2200000000 MB: no disk is large enough for the recipe, and another is used. */
function tellEmpty(report: Report, line: number): void {
  report.error({
    line,
    message: 'A partition of the recipe is empty: partman takes the recipe for too large, and leaves all of it out.',
    hint: 'Remove the dot that is one too many.',
  });
}

/** What partman puts right by itself (lib/recipes.sh of partman-auto) is worth a warning. */
function checkPartition(
  report: Report,
  line: number,
  [least = '', priority = '', most = '', filesystem]: string[],
): void {
  const shown = [least, priority, most, filesystem].join(' ');
  const isSize = (word: string): boolean => /^(\d+|\d+%|\d+\+\d+%|-1)$/.test(word);
  if (![least, priority, most].every(isSize) || filesystem === undefined) {
    report.error({
      line,
      message: `A partition of the recipe begins with three sizes and a filesystem, not ${JSON.stringify(shown)}.`,
      hint: 'For example: 500 10000 -1 ext4',
    });
    return;
  }
  if (!OF_RECIPES.includes(filesystem)) {
    const meant = nearest(filesystem, OF_RECIPES);
    const hint = meant === undefined ? {} : { hint: `Did you mean ${meant}?` };
    report.warning({
      line,
      message: `The recipe's ${JSON.stringify(filesystem)} is no file system: ${shown}.`,
      ...hint,
    });
  }
  if ([least, most].some(word => word.endsWith('%')) || most === '-1') return;
  if (!(Number(least) > Number(most))) return;
  report.warning({
    line,
    message: `A partition of the recipe wants at least ${least} and at most ${most} MB: ${shown}. It gets the least.`,
  });
}

/** partman only looks whether they stand there: `$lvmok{}` is as good as `$lvmok{ }`. */
const FLAG = /^\$(primary|lvmok|lvmignore|defaultignore|raidignore|cryptoignore|reusemethod|gptonly)\{\}$/;

/** `name{ value }`, with blanks inside the braces: partman cuts at them. */
function checkSpecifiers(report: Report, line: number, text: string, mounted: Set<string>): void {
  const together = text.replace(/(?<=^|\s)([$\w/]+)\s+\{\s([^{}]*?)\}/g, (all, name: string) => {
    tellApart(report, line, name, all);
    return '';
  });
  const rest = together.replace(/(\S*?)\{\s([^{}]*?)\}/g, (all, name: string, value: string) => {
    checkSpecifier(report, line, name, value.trim(), mounted);
    return ' '.repeat(all.length);
  });
  const odd = rest
    .trim()
    .split(/\s+/)
    .find(word => word !== '' && !SPECIFIERS.includes(word) && !FLAG.test(word));
  if (odd === undefined) return;
  report.error({
    line,
    message: `${JSON.stringify(odd)} is no specifier of a partition.`,
    hint: 'They are written with blanks inside the braces: method{ format } format{ } mountpoint{ / }',
  });
}

/** A brace on its own begins nothing: what stands in it is not used. */
function tellApart(report: Report, line: number, name: string, written: string): void {
  report[name === 'method' || name === 'mountpoint' ? 'error' : 'warning']({
    line,
    message: `A blank before the brace in ${JSON.stringify(written)}: partman leaves it out.`,
    hint: `Write ${name}{ … } in one.`,
  });
}

function checkSpecifier(report: Report, line: number, name: string, value: string, mounted: Set<string>): void {
  if (!SPECIFIERS.includes(name) && !/^options\//.test(name)) {
    const meant = nearest(name, SPECIFIERS);
    const hint = meant === undefined ? {} : { hint: `Did you mean ${meant}?` };
    report.warning({ line, message: `partman knows no ${name}{ }.`, ...hint });
  }
  if (name !== 'mountpoint') return;
  if (!value.startsWith('/'))
    report.error({ line, message: `A mount point begins with a slash, not ${JSON.stringify(value)}.` });
  if (mounted.has(value)) report.error({ line, message: `Two partitions of the recipe are mounted at ${value}.` });
  mounted.add(value);
}
