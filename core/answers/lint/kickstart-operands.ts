import type { Arguments } from './kickstart-arguments.ts';
import type { UsedCommand } from './kickstart-command.ts';
import { isTemplated, type Report } from './report.ts';
import { isLocale, isTimeZone } from './words.ts';

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

/** What stands behind the command without an option. */
const OPERANDS: Readonly<
  Record<
    string,
    {
      isRight(operands: string[], used: Arguments): boolean;
      severity: 'error' | 'warning';
      message: string;
      hint?: string;
    }
  >
> = {
  lang: {
    isRight: ([one]) => one !== undefined && isLocale(one),
    severity: 'warning',
    message: 'lang wants a locale such as en_US.UTF-8.',
  },
  keyboard: {
    isRight: (operands, used) => operands.length > 0 || used.has('--vckeymap') || used.has('--xlayouts'),
    severity: 'error',
    message: 'keyboard names no layout.',
    hint: "Write keyboard --xlayouts='us'",
  },
  timezone: {
    isRight: ([one], used) => (one === undefined ? used.has('--ntpservers') || used.has('--nontp') : isTimeZone(one)),
    severity: 'warning',
    message: 'This is no time zone of the tz database.',
    hint: 'For example timezone Europe/Berlin --utc',
  },
  part: {
    isRight: ([one]) => isPlace(one),
    severity: 'error',
    message: 'A partition wants a mount point, swap, pv.…, raid.… or the like.',
  },
  partition: {
    isRight: ([one]) => isPlace(one),
    severity: 'error',
    message: 'A partition wants a mount point, swap, pv.…, raid.… or the like.',
  },
  logvol: {
    isRight: ([one]) => isPlace(one),
    severity: 'error',
    message: 'A logical volume wants a mount point, swap or none.',
  },
  sshkey: {
    isRight: operands =>
      operands.length === 1 && /^(ssh-|ecdsa-|sk-|[a-z-]*=|no-|restrict|cert-)/.test(operands[0] ?? ''),
    severity: 'warning',
    message: 'sshkey wants one key, in quotes.',
    hint: 'sshkey --username=root "ssh-ed25519 AAAA… me@example.org"',
  },
  services: {
    isRight: operands => operands.length === 0,
    severity: 'warning',
    message: 'services takes a list with commas and no blanks: RHEL 7 leaves the rest out, later releases stop at it.',
  },
};

const isPlace = (text: string | undefined): boolean =>
  text !== undefined &&
  (text.startsWith('/') ||
    /^(swap|none|biosboot|prepboot|appleboot|macefi|(pv|raid|btrfs|bcache)\.[\w-]+)$/.test(text));

/** Whether what stands behind a command is what it wants there. */
export function checkOperands(report: Report, { line, command }: UsedCommand, used: Arguments): void {
  const rule = OPERANDS[command.text];
  if (
    !rule ||
    rule.isRight(
      used.operands.map(({ text }) => text),
      used,
    )
  )
    return;
  const { severity, message, hint } = rule;
  const column = used.operands[0]?.column ?? command.column;
  report[severity]({ line, column, message, ...(hint === undefined ? {} : { hint }) });
}
