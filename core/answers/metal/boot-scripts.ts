import path from 'node:path';

/** What one machine boots: URLs, and the kernel's whole line. */
export interface HostBoot {
  kernel: string;
  initrd?: string;
  append: string;
}

/** iPXE's script for a machine that is to be installed. */
export const ipxeInstall = (name: string, { kernel, initrd, append }: HostBoot): string =>
  [
    '#!ipxe',
    `# ${name}: given once. Afterwards this address says: boot from the disk.`,
    // iPXE hands the initrd to UEFI kernels under the name that the kernel's line says.
    `kernel ${kernel} ${initrd === undefined ? '' : `initrd=${path.posix.basename(initrd)} `}${append}`.trimEnd(),
    ...(initrd === undefined ? [] : [`initrd --name ${path.posix.basename(initrd)} ${initrd}`]),
    'boot',
    '',
  ].join('\n');

/** iPXE's script for one that was installed, or has nothing to boot. */
export const ipxeDisk = (name: string): string =>
  `#!ipxe\n# ${name} is installed, or has no kernel here: the next boot device.\nexit\n`;

/**
 * What DHCP sends every machine to: its own script by hardware address, else by the UUID of its firmware, else a menu of
 * those that have neither.
 */
export function ipxeStart(base: string, unnamed: readonly string[]): string {
  const label = (name: string): string => name.replace(/[^a-z0-9]+/g, '-');
  return [
    '#!ipxe',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: they are iPXE's
    `chain --replace ${base}/ipxe/mac/${'${net0/mac:hexhyp}'} ||`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: they are iPXE's
    `chain --replace ${base}/ipxe/uuid/${'${uuid}'} ||`,
    'menu Goldsmith: which machine is this?',
    ...unnamed.map(name => `item ${label(name)} ${name}`),
    'item disk Boot from the disk',
    'choose --timeout 30000 --default disk host || goto disk',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: they are iPXE's
    'goto ${host}',
    ...unnamed.flatMap(name => [`:${label(name)}`, `chain --replace ${base}/ipxe/name/${name}`]),
    ':disk',
    'exit',
    '',
  ].join('\n');
}

/** GRUB's word for a file on this server. */
const grubPath = (url: string): string => {
  const { host, pathname } = new URL(url);
  return `(http,${host})${pathname}`;
};

/** GRUB reads a shell of its own: these end a word or a command there. */
const grubWord = (text: string): string => text.replace(/[;&|<>(){}$"'`\\]/g, '\\$&');

/** GRUB's menu for one machine. */
export const grubInstall = (name: string, { kernel, initrd, append }: HostBoot): string =>
  [
    'set timeout=5',
    `menuentry 'Install ${name}' {`,
    `  linux ${grubPath(kernel)} ${grubWord(append)}`.trimEnd(),
    ...(initrd === undefined ? [] : [`  initrd ${grubPath(initrd)}`]),
    '}',
    ...DISK,
    '',
  ].join('\n');

const DISK = ["menuentry 'Boot from the disk' {", '  exit', '}'];

export const grubDisk = (name: string): string =>
  [`# ${name} is installed, or has no kernel here.`, 'set timeout=1', ...DISK, ''].join('\n');

/** What `configfile` of a GRUB that was started over the network names: a menu by hardware address. */
export const grubStart = (base: string): string =>
  [
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is GRUB's
    `configfile ${grubPath(`${base}/`)}grub/mac/${'${net_default_mac}'}`,
    '# Below is read only when there is no such machine.',
    'set timeout=5',
    ...DISK,
    '',
  ].join('\n');
