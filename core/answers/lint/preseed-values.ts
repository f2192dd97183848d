import { nearest } from '../../model/nearest.ts';
import type { Report } from './report.ts';
import { isCrypted, isHostname, isIpv4, isLocale, isNetmask, isTimeZone, isUserName } from './words.ts';

interface ValueRule {
  /** Questions this is about. */
  names: RegExp;
  isRight(value: string): boolean;
  message: string;
  hint?: string;
  /** What a value is one of, to say what was meant. */
  choices?: readonly string[];
}

/** Tasks that tasksel offers: of tasksel 3.81, and of Ubuntu's. */
const TASKS: readonly string[] = [
  ...[
    'standard',
    'desktop',
    'gnome-desktop',
    'gnome-flashback-desktop',
    'xfce-desktop',
    'kde-desktop',
    'cinnamon-desktop',
  ],
  ...[
    'mate-desktop',
    'lxde-desktop',
    'lxqt-desktop',
    'web-server',
    'ssh-server',
    'laptop',
    'mail-server',
    'file-server',
  ],
  ...[
    'print-server',
    'database-server',
    'dns-server',
    'minimal',
    'server',
    'openssh-server',
    'basic-ubuntu',
    'ubuntu-desktop',
  ],
  ...[
    'ubuntu-server',
    'virt-host',
    'lamp-server',
    'manual',
    'none',
    'cloud-image',
    'basic-server',
    'samba-server',
    'tomcat-server',
  ],
];

const METHODS = ['regular', 'lvm', 'crypto', 'raid'];
const RECIPES = ['atomic', 'home', 'multi', 'server', 'small_disk'];

/** Names that Debian's user-setup keeps for itself (reserved-usernames), the first of them. */
const RESERVED = [
  ...['root', 'daemon', 'bin', 'sys', 'sync', 'games', 'man', 'lp', 'mail', 'news', 'uucp', 'proxy', 'www-data'],
  ...['backup', 'list', 'irc', 'gnats', 'nobody', 'sshd'],
];
const SERVICES = ['security', 'updates', 'backports', 'release-updates', 'volatile', 'partner'];

/** What a value must look like beyond its type. The source is the installation guide, B.4, and the parts' own scripts. */
const VALUES: readonly ValueRule[] = [
  {
    names: /^mirror\/(http|https|ftp)\/hostname$/,
    isRight: value => !value.includes('/'),
    message: "The mirror's host has no http:// and no path.",
    hint: 'The path stands in mirror/http/directory.',
  },
  {
    names: /^mirror\/(http|https|ftp)\/directory$/,
    isRight: value => value.startsWith('/'),
    message: "The mirror's directory begins with a slash.",
    hint: 'For example /debian',
  },
  {
    names: /^mirror\/(http|https|ftp)\/proxy$/,
    isRight: value => /^https?:\/\/\S+$/.test(value) || value === 'none',
    message: 'A proxy is a URL.',
    hint: 'For example http://proxy:3128; empty for none.',
  },
  {
    names: /^netcfg\/(get_)?hostname$/,
    isRight: isHostname,
    message: 'This cannot be the name of a host.',
    hint: 'Letters, digits and hyphens, in labels of at most 63.',
  },
  {
    names: /^netcfg\/get_(ipaddress|gateway)$/,
    isRight: value => isIpv4(value) || value.includes(':') || value === 'none',
    message: 'This is no address.',
  },
  {
    names: /^netcfg\/get_netmask$/,
    isRight: value => isNetmask(value) || /^\/?\d{1,3}$/.test(value) || value.includes(':'),
    message: 'This is no netmask.',
    hint: 'For example 255.255.255.0',
  },
  {
    names: /^netcfg\/get_nameservers$/,
    isRight: value => value.split(/[\s,]+/).every(one => isIpv4(one) || one.includes(':')),
    message: 'Name servers are addresses with blanks between them.',
  },
  {
    names: /^time\/zone$/,
    isRight: isTimeZone,
    message: 'This is no time zone of the tz database.',
    hint: 'For example Europe/Berlin',
  },
  {
    names: /^debian-installer\/locale$/,
    isRight: isLocale,
    message: 'This is no locale.',
    hint: 'For example en_US.UTF-8',
  },
  {
    names: /^passwd\/username$/,
    isRight: value => isUserName(value) && value === value.toLowerCase() && !RESERVED.includes(value),
    message: 'This cannot be the name of a user.',
    hint: 'A lower-case letter, then letters, digits and hyphens; none of the system.',
  },
  {
    names: /^partman-auto(-lvm)?\/new_vg_name$/,
    isRight: value => /^[\w+.][\w+.-]*$/.test(value),
    message: 'This cannot be the name of a volume group.',
    hint: 'Letters, digits, hyphens and underscores.',
  },
  {
    names: /^apt-setup\/services-select$/,
    isRight: value => value.split(/\s*,\s*/).every(one => one === '' || SERVICES.includes(one)),
    choices: SERVICES,
    message: 'There is no such service of archives.',
  },
  {
    names: /^mirror\/protocol$/,
    isRight: value => ['http', 'https', 'ftp', 'file', 'hd'].includes(value),
    message: 'The protocol is http, https or ftp.',
  },
  {
    names: /^(mirror\/(suite|codename|udeb\/suite)|base-installer\/kernel\/image)$/,
    isRight: value => /^\S+$/.test(value),
    message: 'This is one name, without blanks.',
  },
  {
    names: /^debian-installer\/country$/,
    isRight: value => /^[A-Z]{2}$/.test(value),
    message: 'A country is its code of two capitals.',
    hint: 'For example DE',
  },
  {
    names: /^(clock-setup\/ntp-server|apt-setup\/(security|volatile)_host)$/,
    isRight: value => !/:\/\/|\s/.test(value),
    message: 'This is the name of a host, without http://.',
  },
  {
    names: /^passwd\/(root|user)-password-crypted$/,
    isRight: isCrypted,
    message: 'This is no crypted password.',
    hint: 'Write the output of `openssl passwd -6`, or ! for none.',
  },
  { names: /^passwd\/user-uid$/, isRight: value => /^\d+$/.test(value), message: 'A user id is a number.' },
  {
    names: /^partman-auto\/method$/,
    isRight: value => METHODS.includes(value),
    choices: METHODS,
    message: 'There is no such way to partition.',
  },
  {
    names: /^partman-auto\/disk$/,
    isRight: value => value.split(/\s+/).every(one => one.startsWith('/dev/')),
    message: 'A disk is named by its device.',
    hint: 'For example /dev/vda',
  },
  {
    names: /^grub-installer\/bootdev$/,
    isRight: value =>
      value.split(/\s+/).every(one => one === 'default' || one.startsWith('/dev/') || /^\(hd\d/.test(one)),
    message: 'The boot loader goes to a device, or to `default`.',
    hint: 'For example /dev/vda',
  },
  {
    names: /^tasksel\/first$/,
    isRight: value =>
      value
        .split(/\s*,\s*/)
        .every(one => one === '' || one.startsWith('^') || /buntu/.test(one) || TASKS.includes(one.toLowerCase())),
    choices: TASKS,
    message: 'tasksel has no such task.',
  },
  {
    names: /^pkgsel\/include$/,
    isRight: value => value.includes('$(') || /^[a-z0-9][a-z0-9.+:*-]*([\s,]+[a-z0-9][a-z0-9.+:*-]*)*$/.test(value),
    message: 'Packages are names with blanks or commas between them.',
  },
  {
    names: /^(partman-auto-lvm\/guided_size)$/,
    isRight: value => /^(max|\d+(\.\d+)?\s*(%|[kMGT]?i?B)?)$/.test(value),
    message: 'The size is max, a percentage, or a number with its unit.',
    hint: 'For example max, 80% or 20 GB',
  },
  {
    names: /^apt-setup\/local\d+\/repository$/,
    isRight: value => /^(deb(-src)?\s+)?(\[[^\]]*\]\s+)?[a-z+]+:/.test(value),
    message: 'A repository is a line of sources.list.',
    hint: 'For example deb http://packages.example/debian stable main',
  },
  {
    names: /^(apt-setup\/local\d+\/key)$/,
    isRight: value => /^(https?|ftp|file|base64):/.test(value),
    message: 'The key of a repository is a URL, or base64://.',
  },
];

export interface Given {
  line: number;
  /** Of the value, from 1. */
  column: number;
  name: string;
  value: string;
}

/** What a value must look like beyond its type. */
export function checkValue(report: Report, { line, column, name, value }: Given): void {
  const rule = VALUES.find(({ names }) => names.test(name));
  if (!rule || value === '' || rule.isRight(value)) return;
  const meant = rule.choices && nearest(value, rule.choices);
  const hint =
    meant === undefined
      ? (rule.hint ?? (rule.choices && `One of ${rule.choices.join(', ')}.`))
      : `Did you mean ${meant}?`;
  report.warning({
    line,
    column,
    message: `${rule.message} ${JSON.stringify(value)}`,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** A password in clear text, by question; `again` is compared with it. */
const PASSWORDS: Readonly<Record<string, string>> = {
  'passwd/root-password': 'passwd/root-password-again',
  'passwd/user-password': 'passwd/user-password-again',
  'partman-crypto/passphrase': 'partman-crypto/passphrase-again',
};

/** What two answers say against each other, at the line of the second. */
export function checkTogether(report: Report, given: ReadonlyMap<string, Given>): void {
  for (const [name, again] of Object.entries(PASSWORDS)) {
    const [first, second] = [given.get(name), given.get(again)];
    if (first && first.value !== '' && name.startsWith('passwd/'))
      report.warning({
        line: first.line,
        message: `The password of ${name} stands here in clear text.`,
        hint: `Write ${name}-crypted with the output of \`openssl passwd -6\`.`,
      });
    if (first && second && first.value !== second.value)
      report.error({
        line: second.line,
        message: `${again} is another than ${name} in line ${first.line}: the installer asks for both again.`,
      });
    if (first && first.value !== '' && !second)
      report.warning({ line: first.line, message: `${name} wants ${again} too: the installer asks for it.` });
  }
  const [method, disk] = [given.get('partman-auto/method'), given.get('partman-auto/disk')];
  if (method?.value === 'raid' && disk && disk.value.split(/\s+/).length < 2)
    report.warning({ line: disk.line, message: 'RAID wants at least two disks.' });
  const recipe = given.get('partman-auto/choose_recipe');
  const isOwn = given.has('partman-auto/expert_recipe') || given.has('partman-auto/expert_recipe_file');
  const isSlip = recipe !== undefined && nearest(recipe.value, RECIPES) !== undefined;
  if (recipe && (!isOwn || isSlip) && !RECIPES.includes(recipe.value) && /^[^\s/:-]+$/.test(recipe.value))
    report.warning({
      line: recipe.line,
      message: `The installer has no such recipe. ${JSON.stringify(recipe.value)}`,
      hint: `One of ${RECIPES.join(', ')}.`,
    });
  const [root, user] = [given.get('passwd/root-login'), given.get('passwd/make-user')];
  if (root?.value === 'false' && user?.value === 'false')
    report.error({ line: Math.max(root.line, user.line), message: 'Neither root nor a user may log in: nobody can.' });
}
