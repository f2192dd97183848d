import Table from 'cli-table3';

const PLAIN = {
  chars: {
    ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '' },
    ...{
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '  ',
    },
  },
  style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
};

/** Columns without lines, as command lines print them. */
export function table(head: string[], rows: string[][]): string {
  const made = new Table({ ...PLAIN, head });
  made.push(...rows);
  return made
    .toString()
    .split('\n')
    .map(line => line.trimEnd())
    .join('\n');
}
