import { nearest } from '../../model/nearest.ts';
import type { Arguments } from './kickstart-arguments.ts';
import type { UsedCommand } from './kickstart-command.ts';
import { checkWords } from './kickstart-operands.ts';
import { isTemplated, type Report } from './report.ts';
import type { Word } from './shell-words.ts';
import {
  FILE_SYSTEMS,
  isCrypted,
  isHostname,
  isIpv4,
  isLocale,
  isNetmask,
  isTimeZone,
  isUrl,
  isUserName,
} from './words.ts';

interface ValueRule {
  option: string;
  isRight(value: string): boolean;
  severity: 'error' | 'warning';
  message(value: string): string;
  hint?: string;
}

const address = (option: string, more: readonly string[] = []): ValueRule => ({
  option,
  isRight: value => more.includes(value) || isIpv4(value),
  severity: 'error',
  message: value => `${option} is an address such as 192.0.2.10, not ${JSON.stringify(value)}.`,
});

const url = (option: string): ValueRule => ({
  option,
  isRight: value => isUrl(value),
  severity: 'warning',
  message: value => `${option} is a URL, not ${JSON.stringify(value)}.`,
  hint: 'It begins with http://, https://, ftp:// or file://.',
});

const fileSystem: ValueRule = {
  option: '--fstype',
  isRight: value => FILE_SYSTEMS.includes(value),
  severity: 'warning',
  message: value => `${JSON.stringify(value)} is no file system that the installer makes.`,
  hint: 'For example xfs, ext4, swap, efi, biosboot.',
};

const oneOf = (option: string, choices: readonly string[]): ValueRule => ({
  option,
  isRight: value => choices.includes(value.toLowerCase()),
  severity: 'error',
  message: value => `${option} cannot be ${JSON.stringify(value)}.`,
  hint: `One of ${choices.join(', ')}.`,
});

const BOOLEANS = ['yes', 'no', 'on', 'off', 'true', 'false', '1', '0'];
const luks = oneOf('--luks-version', ['luks1', 'luks2']);
const percent: ValueRule = {
  option: '--percent',
  isRight: value => Number(value) > 0 && Number(value) <= 100,
  severity: 'error',
  message: value => `--percent is 1 to 100, not ${value}.`,
};

const mounted: ValueRule = {
  option: '--name',
  isRight: value => isUserName(value),
  severity: 'error',
  message: value => `${JSON.stringify(value)} cannot be the name of a user or group.`,
};

/** What a value must look like, by command. The source is pykickstart's handlers, and what Anaconda does with them. */
const VALUES: Readonly<Record<string, readonly ValueRule[]>> = {
  network: [
    address('--ip', ['dhcp']),
    address('--gateway'),
    oneOf('--onboot', BOOLEANS),
    {
      option: '--ipv6',
      isRight: value => value.includes(':') || ['auto', 'dhcp', 'ignore'].includes(value),
      severity: 'error',
      message: value => `--ipv6 is an address of IPv6, auto or dhcp, not ${JSON.stringify(value)}.`,
    },
    {
      option: '--netmask',
      isRight: isNetmask,
      severity: 'error',
      message: value => `--netmask is a mask such as 255.255.255.0, not ${JSON.stringify(value)}.`,
    },
    {
      option: '--nameserver',
      isRight: value => value.split(',').every(one => isIpv4(one) || one.includes(':') || /^tls\+|^https\+/.test(one)),
      severity: 'error',
      message: value => `--nameserver is a list of addresses, not ${JSON.stringify(value)}.`,
    },
    {
      option: '--hostname',
      isRight: isHostname,
      severity: 'error',
      message: value => `${JSON.stringify(value)} is no name of a host.`,
      hint: 'Letters, digits and hyphens, in labels of at most 63.',
    },
  ],
  url: [url('--url'), url('--mirrorlist'), url('--metalink')],
  repo: [url('--baseurl'), url('--mirrorlist'), url('--metalink')],
  liveimg: [url('--url')],
  part: [fileSystem, luks],
  partition: [fileSystem, luks],
  logvol: [fileSystem, luks, percent],
  raid: [
    fileSystem,
    luks,
    {
      option: '--level',
      isRight: value => /^(raid)?(0|1|4|5|6|10)$|^(stripe|mirror|linear|RAID(0|1|4|5|6|10))$/.test(value),
      severity: 'error',
      message: value => `There is no RAID level ${JSON.stringify(value)}.`,
    },
  ],
  autopart: [
    {
      option: '--type',
      isRight: value => ['lvm', 'btrfs', 'plain', 'thinp', 'partition'].includes(value),
      severity: 'error',
      message: value => `--type cannot be ${JSON.stringify(value)}.`,
      hint: 'One of plain, lvm, thinp, btrfs.',
    },
    fileSystem,
    luks,
  ],
  clearpart: [
    {
      option: '--disklabel',
      isRight: value => ['gpt', 'msdos', 'mbr', 'dasd', 'bsd', 'sun', 'mac'].includes(value),
      severity: 'error',
      message: value => `There is no disk label ${JSON.stringify(value)}.`,
      hint: 'One of gpt, msdos.',
    },
  ],
  user: [mounted],
  group: [mounted],
  firewall: [
    {
      option: '--port',
      isRight: value =>
        value === '' ||
        value.split(',').every(one => /^\s*[\w-]+(-\d+)?:(tcp|udp|sctp|dccp)\s*$/i.test(one) || /^\w+$/.test(one)),
      severity: 'warning',
      message: value => `--port is a list of PORT:PROTOCOL, not ${JSON.stringify(value)}.`,
      hint: 'For example --port=8080:tcp',
    },
  ],
};

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
  checkSpecial(report, line, command, used);
  checkWords(report, { line, command, words, release: undefined }, used);
}

function checkOperands(report: Report, { line, command }: UsedCommand, used: Arguments): void {
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

/** Rules between two options of one command. */
function checkSpecial(report: Report, line: number, command: Word, used: Arguments): void {
  const at = { line, column: command.column };
  if (command.text === 'network' && used.value('--bootproto') === 'static' && !used.has('--ip') && !used.has('--ipv6'))
    report.error({ ...at, message: '--bootproto=static wants --ip and --netmask.', hint: 'Or --bootproto=dhcp.' });
  if (command.text === 'network' && used.has('--ip') && used.value('--bootproto') === 'dhcp')
    report.warning({
      ...at,
      message: '--ip is not looked at with --bootproto=dhcp.',
      hint: 'Write --bootproto=static.',
    });
  if (
    command.text === 'network' &&
    used.value('--bootproto') === 'static' &&
    used.has('--ip') &&
    !used.has('--netmask')
  )
    report.error({ ...at, message: '--ip wants --netmask beside it.' });
  if (command.text === 'user' && used.has('--iscrypted') && !isCrypted(used.value('--password') ?? ''))
    report.warning({ ...at, message: 'The password of this user is not crypted, though --iscrypted says so.' });
  if (
    command.text === 'bootloader' &&
    used.has('--iscrypted') &&
    !/^(\$|grub\.pbkdf2)/.test(used.value('--password') ?? '$')
  )
    report.warning({ ...at, message: 'The password of the boot loader is not crypted, though --iscrypted says so.' });
  const [size, most] = [used.value('--size'), used.value('--maxsize')].map(Number);
  if (size !== undefined && most !== undefined && most < size)
    report.error({ ...at, message: `--maxsize is less than --size.` });
}
