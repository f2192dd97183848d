import type { Arguments } from './kickstart-arguments.ts';
import type { UsedCommand } from './kickstart-command.ts';
import { isTemplated, type Report } from './report.ts';

/** Commands of options only: pykickstart's handlers of RHEL 8 and later refuse any other word, older ones leave it out. */
const OPTIONS_ONLY: readonly string[] = [
  ...[
    'autopart',
    'bootloader',
    'cdrom',
    'clearpart',
    'cmdline',
    'firstboot',
    'graphical',
    'group',
    'halt',
    'harddrive',
  ],
  ...['ignoredisk', 'liveimg', 'logging', 'mediacheck', 'network', 'nfs', 'ostreesetup', 'ostreecontainer', 'poweroff'],
  ...[
    'reboot',
    'repo',
    'reqpart',
    'selinux',
    'shutdown',
    'skipx',
    'text',
    'timesource',
    'url',
    'user',
    'vnc',
    'xconfig',
  ],
];

/** Words behind a command that it does not take, and options with one hyphen. */
export function checkWords(report: Report, { line, command, words }: UsedCommand, used: Arguments): void {
  const [operand] = OPTIONS_ONLY.includes(command.text) ? used.operands : [];
  if (operand && !isTemplated(operand.text))
    report.warning({
      line,
      column: operand.column,
      message: `${command.text} takes options only: RHEL 7 leaves ${JSON.stringify(operand.text)} out, later releases stop at it.`,
      hint: 'A list has commas and no blanks; an option begins with two hyphens.',
    });
  const single = words.find(({ text }) => /^-[a-z][a-z-]+(=|$)/.test(text));
  if (
    single &&
    OPTIONS_ONLY.concat('part', 'partition', 'logvol', 'raid', 'volgroup', 'timezone').includes(command.text)
  )
    report.error({ line, column: single.column, message: `An option begins with two hyphens: -${single.text}.` });
}
