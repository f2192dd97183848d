import { FILE_SYSTEMS, isHostname, isIpv4, isNetmask, isUrl, isUserName } from './words.ts';

/** What the value of an option must look like. */
export interface ValueRule {
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
export const VALUES: Readonly<Record<string, readonly ValueRule[]>> = {
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
