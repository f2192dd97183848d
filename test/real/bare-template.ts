import { cpSync } from 'node:fs';
import path from 'node:path';
import { goldsmith, RECIPE, succeeded } from './goldsmith.ts';

/** What a template of the tiny guest says of its machine, in HCL. */
const TINY: Record<string, string> = {
  iso_url: '"tiny.iso"',
  iso_checksum: '"none"',
  machine_type: '"q35"',
  disk_size: '"512M"',
  disk_cache: '"unsafe"',
  headless: 'true',
  http_directory: '"http"',
  ssh_username: '"root"',
  ssh_timeout: '"9m"',
  shutdown_command: '"shutdown -P now"',
};

/** A `source` block as somebody's own repository of templates has it, with no lab.yaml. @param more options in HCL */
export function tinySource(name: string, more: Record<string, string> = {}): string {
  const options = Object.entries({ ...TINY, ...more }).map(([option, value]) => `  ${option} = ${value}\n`);
  return `source "qemu" "${name}" {\n${options.join('')}}\n`;
}

/** What is typed at its ISO's GRUB. */
export const typedKeys = (hostname: string): Record<string, string> => ({
  boot_wait: '"1s"',
  boot_key_interval: '"60ms"',
  boot_command: `[
    "<wait \\"for a command-line\\" 60s>c<wait2>",
    "install answers=http://{{ .HTTPIP }}:{{ .HTTPPort }}/tiny.cfg hostname=${hostname} panic=-1<enter>",
  ]`,
});

/** Puts beside a template the answers that it serves. */
export const putAnswers = (folder: string): void =>
  cpSync(path.join(path.dirname(RECIPE), 'http'), path.join(folder, 'http'), { recursive: true });

/** Puts beside a template what it names: the answers and the ISO. */
export async function putAnswersAndIso(folder: string): Promise<void> {
  putAnswers(folder);
  await succeeded(goldsmith(['iso', 'tiny', '-o', 'tiny.iso'], folder));
}
