import { isMap, isScalar, isSeq, type Node, type Scalar } from 'yaml';
import { isTemplated, type Report } from './report.ts';
import { isCrypted, isHostname, isLocale, isTimeZone, isUserName } from './words.ts';
import type { YamlText } from './yaml-shape.ts';

interface ValueRule {
  /** Keys with dots; `*` any key or item. */
  at: string;
  isRight(value: unknown): boolean;
  severity: 'error' | 'warning';
  message: string;
  hint?: string;
}

const text =
  (test: (value: string) => boolean) =>
  (value: unknown): boolean =>
    typeof value !== 'string' || test(value);
const isKey = text(value => /^(ssh-|ecdsa-|sk-|[a-z-]+=|no-|restrict|cert-|@)/.test(value.trim()));
const isAbsolute = text(value => value.startsWith('/'));

const HOST = 'This cannot be the name of a host.';
const USER = 'This cannot be the name of a user.';
const KEY = 'This is no public SSH key.';
const KEY_HINT = 'A line of an authorized_keys file: ssh-ed25519 AAAA… me@example.org';
const CLEAR = 'The password stands here in clear text.';
const CLEAR_HINT = 'Write the output of `openssl passwd -6`, in quotes.';

/** What a value must be beyond its type. The source is the autoinstall reference manual of subiquity. */
export const AUTOINSTALL_VALUES: readonly ValueRule[] = [
  { at: 'version', isRight: value => value === 1, severity: 'error', message: 'The only version there is, is 1.' },
  { at: 'identity.hostname', isRight: text(isHostname), severity: 'error', message: HOST },
  {
    at: 'identity.username',
    isRight: text(value => isUserName(value) && value === value.toLowerCase()),
    severity: 'error',
    message: USER,
  },
  {
    at: 'identity.password',
    isRight: text(isCrypted),
    severity: 'error',
    message: 'The installer wants a crypted password here.',
    hint: CLEAR_HINT,
  },
  {
    at: 'locale',
    isRight: text(isLocale),
    severity: 'warning',
    message: 'This is no locale.',
    hint: 'For example en_US.UTF-8',
  },
  {
    at: 'timezone',
    isRight: text(value => value === '' || value === 'geoip' || isTimeZone(value)),
    severity: 'error',
    message: 'This is no time zone of the tz database.',
  },
  {
    at: 'storage.layout.name',
    isRight: value => ['direct', 'lvm', 'zfs', 'hybrid', 'dd', undefined].includes(value as string),
    severity: 'error',
    message: 'There is no such layout.',
    hint: 'One of direct, lvm, zfs, hybrid.',
  },
  {
    at: 'storage.layout.sizing-policy',
    isRight: value => ['scaled', 'all', undefined].includes(value as string),
    severity: 'error',
    message: 'The sizing policy is scaled or all.',
  },
  {
    at: 'updates',
    isRight: value => ['security', 'all', undefined].includes(value as string),
    severity: 'error',
    message: 'The updates are security or all.',
  },
  {
    at: 'shutdown',
    isRight: value => ['reboot', 'poweroff', undefined].includes(value as string),
    severity: 'error',
    message: 'The installer ends with reboot or poweroff.',
  },
  { at: 'ssh.authorized-keys.*', isRight: isKey, severity: 'warning', message: KEY, hint: KEY_HINT },
  {
    at: 'proxy',
    isRight: text(value => /^https?:\/\//.test(value)),
    severity: 'error',
    message: 'A proxy is a URL.',
    hint: 'For example http://proxy:3128',
  },
  {
    at: 'keyboard.layout',
    isRight: text(value => /^[a-z]{2,12}(,[a-z]{2,12})*$/.test(value)),
    severity: 'error',
    message: 'This is no keyboard layout.',
    hint: 'For example us, de, latam.',
  },
  {
    at: 'interactive-sections.*',
    isRight: () => false,
    severity: 'warning',
    message: 'The installer waits for a person at this section.',
  },
];

/** The same of cloud-init's modules. */
export const USER_DATA_VALUES: readonly ValueRule[] = [
  { at: 'hostname', isRight: text(isHostname), severity: 'error', message: HOST },
  { at: 'fqdn', isRight: text(isHostname), severity: 'error', message: HOST },
  { at: 'timezone', isRight: text(isTimeZone), severity: 'error', message: 'This is no time zone of the tz database.' },
  {
    at: 'locale',
    isRight: text(value => isLocale(value)),
    severity: 'warning',
    message: 'This is no locale.',
    hint: 'For example en_US.UTF-8',
  },
  { at: 'users.*.name', isRight: text(isUserName), severity: 'error', message: USER },
  {
    at: 'users.*.passwd',
    isRight: text(isCrypted),
    severity: 'error',
    message: 'passwd is a crypted password.',
    hint: 'A clear one is plain_text_passwd; better is the output of `openssl passwd -6`.',
  },
  {
    at: 'users.*.plain_text_passwd',
    isRight: () => false,
    severity: 'warning',
    message: CLEAR,
    hint: 'Write passwd, with the output of `openssl passwd -6`.',
  },
  { at: 'users.*.ssh_authorized_keys.*', isRight: isKey, severity: 'warning', message: KEY, hint: KEY_HINT },
  { at: 'ssh_authorized_keys.*', isRight: isKey, severity: 'warning', message: KEY, hint: KEY_HINT },
  {
    at: 'users.*.sudo',
    isRight: text(value => /ALL|NOPASSWD|:|=|^$|False/i.test(value)),
    severity: 'warning',
    message: 'This is no line of sudoers.',
    hint: 'For example ALL=(ALL) NOPASSWD:ALL',
  },
  {
    at: 'write_files.*.path',
    isRight: isAbsolute,
    severity: 'error',
    message: 'The path of a file begins with a slash.',
  },
  {
    at: 'write_files.*.permissions',
    isRight: text(value => /^0?o?[0-7]{3,4}$/.test(value)),
    severity: 'error',
    message: 'Permissions are an octal number in quotes.',
    hint: "For example '0644'",
  },
  {
    at: 'password',
    isRight: () => false,
    severity: 'warning',
    message: CLEAR,
    hint: 'Write users with passwd, or keys.',
  },
  {
    at: 'power_state.delay',
    isRight: value => typeof value !== 'string' || /^(now|\+?\d+)$/.test(value),
    severity: 'error',
    message: 'The delay is now, or minutes such as +5.',
  },
  {
    at: 'ntp.servers.*',
    isRight: text(value => isHostname(value) || /^[0-9a-f:.]+$/i.test(value)),
    severity: 'error',
    message: HOST,
  },
];

export const META_DATA_VALUES: readonly ValueRule[] = [
  { at: 'local-hostname', isRight: text(isHostname), severity: 'error', message: HOST },
  { at: 'hostname', isRight: text(isHostname), severity: 'error', message: HOST },
];

const isMac = text(value => /^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i.test(value));
const isCidr = text(value => {
  const [address = '', bits = ''] = value.split('/');
  const most = address.includes(':') ? 128 : 32;
  const isAddress = address.includes(':')
    ? /^[0-9a-f:.]+$/i.test(address)
    : /^(\d{1,3}\.){3}\d{1,3}$/.test(address) && address.split('.').every(part => Number(part) < 256);
  return isAddress && /^\d+$/.test(bits) && Number(bits) <= most;
});

export const NETWORK_VALUES: readonly ValueRule[] = [
  ...['ethernets', 'bonds', 'bridges', 'vlans', 'wifis'].flatMap((kind): ValueRule[] => [
    {
      at: `${kind}.*.addresses.*`,
      isRight: isCidr,
      severity: 'error',
      message: 'An address has its prefix length behind a slash.',
      hint: 'For example 192.0.2.10/24',
    },
    {
      at: `${kind}.*.match.macaddress`,
      isRight: isMac,
      severity: 'error',
      message: 'This is no hardware address.',
      hint: "For example '52:54:00:12:34:56', in quotes.",
    },
    { at: `${kind}.*.macaddress`, isRight: isMac, severity: 'error', message: 'This is no hardware address.' },
    {
      at: `${kind}.*.gateway4`,
      isRight: () => false,
      severity: 'warning',
      message: 'gateway4 is deprecated.',
      hint: 'Write routes: [{to: default, via: ADDRESS}]',
    },
  ]),
  { at: 'config.*.mac_address', isRight: isMac, severity: 'error', message: 'This is no hardware address.' },
];

/** Applies a table to every place that it names. */
export function checkYamlValues(report: Report, yaml: YamlText, root: Node, rules: readonly ValueRule[]): void {
  for (const { at, isRight, severity, message, hint } of rules) {
    for (const node of nodesAt(yaml, root, at.split('.'))) {
      if (isRight(node.value) || (typeof node.value === 'string' && isTemplated(node.value))) continue;
      const { line, col } = yaml.lines.linePos(node.range?.[0] ?? 0);
      report[severity]({
        line,
        column: col,
        message: `${message} ${JSON.stringify(node.value) ?? ''}`.trim(),
        ...(hint === undefined ? {} : { hint }),
      });
    }
  }
}

/** Scalars at a path; `*` goes into each item of a list and each value of a map. */
function nodesAt(yaml: YamlText, node: unknown, [key, ...rest]: string[]): Scalar[] {
  if (key === undefined) return isScalar(node) ? [node] : [];
  if (key === '*') {
    const items = isSeq(node) ? node.items : isMap(node) ? node.items.map(({ value }) => value) : [];
    return items.flatMap(item => nodesAt(yaml, item, rest));
  }
  return isMap(node) ? nodesAt(yaml, node.get(key, true), rest) : [];
}
