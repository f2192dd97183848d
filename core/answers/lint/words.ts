/**
 * Values that several kinds of answer file share, and what they must look like. Each test takes every value that an
 * installer takes: a doubtful one passes.
 */

const zones = new Map<string, boolean>();

/** Time zones by their names in the tz database, old names included, as the runtime's own ICU data has them. */
export function isTimeZone(name: string): boolean {
  const known = zones.get(name) ?? isKnownZone(name);
  zones.set(name, known); // asking takes a tenth of a millisecond
  return known;
}

function isKnownZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return /^[A-Za-z][\w+/-]*$/.test(name);
  } catch {
    return false;
  }
}

/** `de_DE.UTF-8@euro`, `de`, `C.UTF-8`, `POSIX`. */
export const isLocale = (text: string): boolean =>
  /^([a-z]{2,3}(_[A-Z]{2})?(\.[A-Za-z0-9-]+)?(@[a-z]+)?|C(\.UTF-?8)?|POSIX)$/.test(text);

export const isIpv4 = (text: string): boolean =>
  /^(\d{1,3})(\.\d{1,3}){3}$/.test(text) && text.split('.').every(part => Number(part) < 256);

/** Ones, then zeros. */
export function isNetmask(text: string): boolean {
  if (!isIpv4(text)) return false;
  const bits = text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const inverted = 2 ** 32 - 1 - bits;
  return (inverted & (inverted + 1)) === 0;
}

/** Labels of letters, digits and hyphens; a lone one or a whole name. */
export const isHostname = (text: string): boolean =>
  text.length <= 253 &&
  /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\.?$/.test(text);

/** useradd(8) of Debian and Red Hat alike. */
export const isUserName = (text: string): boolean => /^[A-Za-z_.][A-Za-z0-9_.-]{0,31}\$?$/.test(text);

/** What crypt(5) makes, or what locks an account. */
export const isCrypted = (text: string): boolean => /^(\$[\w-]+\$.+|_[./\w]{19}|[./\w]{13}|[!*].*)$/.test(text);

export const isUrl = (text: string): boolean => /^(https?|ftp|file|nfs|hd|cdrom|tftp):/i.test(text);

/** File systems that mkfs knows in any of the installers, and what a partition can be instead of one. */
export const FILE_SYSTEMS: readonly string[] = [
  ...[
    'physical volume (LVM)',
    'software RAID',
    'ext2',
    'ext3',
    'ext4',
    'xfs',
    'btrfs',
    'vfat',
    'efi',
    'swap',
    'linux-swap',
    'biosboot',
    'prepboot',
    'ntfs',
    'hfs',
  ],
  ...[
    'macefi',
    'msdos',
    'fat16',
    'fat32',
    'reiserfs',
    'jfs',
    'zfs',
    'lvmpv',
    'mdmember',
    'free',
    'f2fs',
    'tmpfs',
    'stratis',
  ],
  ...['appleboot', 'hfs+', 'gfs2', 'nilfs2', 'PPC PReP Boot', 'Apple Bootstrap', 'physvol', 'udf'],
];
