import { GoldsmithError } from '../../model/failure.ts';
import type { Options } from './qemu-source.ts';
import type { RawBlock } from './schema.ts';

export const LOWEST_VNC_PORT = 5900;

/** Options that contradict one another: which option to point at, and why. */
const CONFLICTS: {
  option: keyof Options & string;
  isWrong(options: Options): boolean;
  message: string;
  hint?: string;
}[] = [
  {
    option: 'iso_urls',
    isWrong: o => Boolean(o.iso_url) && (o.iso_urls ?? []).length > 0,
    message: 'Only one of "iso_url" and "iso_urls" can be set.',
  },
  {
    option: 'iso_url',
    isWrong: o => !o.iso_url && (o.iso_urls ?? []).length === 0,
    message: 'One of "iso_url" and "iso_urls" is required.',
  },
  {
    option: 'iso_checksum',
    isWrong: o => !o.iso_checksum && !o.iso_skip_cache,
    message: 'An "iso_checksum" is required.',
    hint: 'It is such as "sha256:...", "file:https://.../SHA256SUMS", or "none".',
  },
  {
    option: 'boot_steps',
    isWrong: o => o.boot_command.length > 0 && o.boot_steps.length > 0,
    message: 'Only one of "boot_command" and "boot_steps" can be set.',
  },
  {
    option: 'disable_vnc',
    isWrong: o => o.disable_vnc && o.boot_command.length > 0,
    message: 'A "boot_command" cannot be typed when VNC is disabled.',
  },
  {
    option: 'http_content',
    isWrong: o => Boolean(o.http_directory) && Object.keys(o.http_content).length > 0,
    message: 'Only one of "http_directory" and "http_content" can be set.',
    hint: 'Load the files with file() in http_content.',
  },
  {
    option: 'http_port_min',
    isWrong: o => (o.http_port_min || 8000) > (o.http_port_max || 9000),
    message: '"http_port_min" is greater than "http_port_max".',
  },
  {
    option: 'host_port_min',
    isWrong: o => (o.host_port_min || 2222) > (o.host_port_max || 4444),
    message: '"host_port_min" is greater than "host_port_max".',
  },
  {
    option: 'vnc_port_min',
    isWrong: o => (o.vnc_port_min || LOWEST_VNC_PORT) < LOWEST_VNC_PORT,
    message: '"vnc_port_min" cannot be below 5900.',
  },
  {
    option: 'vnc_port_min',
    isWrong: o => (o.vnc_port_min || LOWEST_VNC_PORT) > (o.vnc_port_max || 6000),
    message: '"vnc_port_min" is greater than "vnc_port_max".',
  },
  {
    option: 'vm_name',
    isWrong: o => /\/|^\.\.?$/.test(o.vm_name ?? ''),
    message: '"vm_name" is the name of a file, without a folder.',
    hint: 'The folder is "output_directory".',
  },
  {
    option: 'use_backing_file',
    isWrong: o => o.use_backing_file && !(o.disk_image && (o.format || 'qcow2') === 'qcow2'),
    message: '"use_backing_file" needs "disk_image" and the format qcow2.',
  },
  {
    option: 'skip_resize_disk',
    isWrong: o => o.skip_resize_disk && !o.disk_image,
    message: '"skip_resize_disk" needs "disk_image".',
  },
];

export function checkTogether(options: Options, block: RawBlock): void {
  const conflict = CONFLICTS.find(({ isWrong }) => isWrong(options));
  if (!conflict) return;
  const place = (block.options.get(conflict.option) ?? block).place();
  throw new GoldsmithError('bad-recipe', conflict.message, { hint: conflict.hint, details: { place } });
}
