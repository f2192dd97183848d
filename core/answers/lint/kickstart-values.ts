import { nearest } from '../../model/nearest.ts';
import type { Arguments } from './kickstart-arguments.ts';
import type { UsedCommand } from './kickstart-command.ts';
import { checkOperands, checkWords } from './kickstart-operands.ts';
import { checkTogether } from './kickstart-together.ts';
import { VALUES } from './kickstart-value-table.ts';
import { isTemplated, type Report } from './report.ts';
import { FILE_SYSTEMS } from './words.ts';

/** Options of which one must be there, by command: pykickstart's own errors. */
const ONE_OF: Readonly<Record<string, readonly string[]>> = {
  url: ['--url', '--mirrorlist', '--metalink'],
};

/** Options of which at most one may be there. */
const EITHER: Readonly<Record<string, readonly (readonly string[])[]>> = {
  repo: [['--baseurl', '--mirrorlist', '--metalink']],
  url: [['--url', '--mirrorlist', '--metalink']],
  selinux: [['--disabled', '--enforcing', '--permissive']],
  clearpart: [['--all', '--none', '--linux']],
  rootpw: [['--iscrypted', '--plaintext']],
  user: [['--iscrypted', '--plaintext']],
  firewall: [['--enabled', '--disabled']],
  firstboot: [
    ['--enable', '--disable'],
    ['--enabled', '--disabled'],
  ],
};

/** What the values of one command line say against themselves. */
export function checkValues(report: Report, { line, command, words }: UsedCommand, used: Arguments): void {
  const isOpen = words.some(({ text }) => isTemplated(text));
  const name = command.text;
  for (const { option, isRight, severity, message, hint } of VALUES[name] ?? []) {
    const given = used.options.get(option);
    if (given?.value === undefined || given.value === '' || isTemplated(given.value) || isRight(given.value)) continue;
    const meant = option === '--fstype' ? nearest(given.value, FILE_SYSTEMS) : undefined;
    const said = meant === undefined ? hint : `Did you mean ${meant}?`;
    report[severity]({
      line,
      column: given.word.column,
      message: message(given.value),
      ...(said === undefined ? {} : { hint: said }),
    });
  }
  const needed = ONE_OF[name];
  if (isOpen) return;
  if (needed && !needed.some(used.has))
    report.error({ line, column: command.column, message: `${name} wants one of ${needed.join(', ')}.` });
  for (const group of EITHER[name] ?? []) {
    const both = group.filter(used.has);
    if (both.length > 1)
      report.error({ line, column: command.column, message: `${both.join(' and ')} exclude each other.` });
  }
  checkOperands(report, { line, command, words, release: undefined }, used);
  checkTogether(report, line, command, used);
  checkWords(report, { line, command, words, release: undefined }, used);
}
