import type { Report } from './report.ts';

/**
 * A recipe of partman-auto: `name :: min priority max filesystem specifiers … .` for each partition, sizes in MB, per
 * cent of the memory, or -1 for no limit. The format is partman-auto-recipe.txt's, of debian-installer's own manual.
 */
export function checkPartmanRecipe(report: Report, line: number, recipe: string): void {
  const [, ...rest] = recipe.split('::');
  if (rest.length === 0) {
    report.error({ line, message: 'The recipe has no name: it begins with one and `::`.', hint: 'boot-root :: …' });
    return;
  }
  const words = rest.join('::').trim().split(/\s+/);
  let partition: string[] = [];
  for (const word of words) {
    if (word !== '.') {
      partition.push(word);
      continue;
    }
    checkPartition(report, line, partition);
    partition = [];
  }
  if (partition.join('') === '') return;
  report.error({
    line,
    message: `The recipe's last partition is not closed by a dot: ${partition.slice(0, 4).join(' ')} …`,
  });
}

function checkPartition(
  report: Report,
  line: number,
  [least = '', priority = '', most = '', filesystem]: string[],
): void {
  const shown = [least, priority, most, filesystem].join(' ');
  const isSize = (word: string): boolean => /^(\d+|\d+%|-1)$/.test(word);
  if (![least, most].every(isSize) || !/^(\d+|\d+%|-1)$/.test(priority) || filesystem === undefined) {
    report.error({
      line,
      message: `A partition of the recipe begins with three sizes and a filesystem, not ${JSON.stringify(shown)}.`,
      hint: 'For example: 500 10000 -1 ext4',
    });
    return;
  }
  if ([least, most].some(word => word.endsWith('%')) || most === '-1') return;
  if (Number(least) <= Number(most)) return;
  report.error({
    line,
    message: `A partition of the recipe wants at least ${least} and at most ${most} MB: ${shown}.`,
  });
}
