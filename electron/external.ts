import type { Shell } from 'electron';

/** Hosts that our own texts link to. */
const HOSTS: ReadonlySet<string> = new Set([
  'www.debian.org',
  'www.qemu.org',
  'libvirt.org',
  'developer.hashicorp.com',
]);

/** Whether an address may be given to the desktop's browser: what else the desktop would start is not ours to choose. */
export function isExternalAllowed(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return (
    url?.protocol === 'https:' &&
    HOSTS.has(url.hostname) &&
    url.port === '' &&
    url.username === '' &&
    url.password === ''
  );
}

export function openExternal(shell: Pick<Shell, 'openExternal'>, text: string): void {
  if (isExternalAllowed(text)) void shell.openExternal(new URL(text).href);
}
