export const MIRROR_HINT =
  'Check the mirror of the preseed (mirror/http/hostname, mirror/http/directory) and what this host can reach.';

/** What a question means when it is asked for a reason that can be said better than by its name. */
export const DEBIAN_QUESTIONS: Record<string, { reason: string; hint: string }> = {
  'preseed/command_failed': {
    reason: 'A command of the preseed failed ({command}).',
    hint: 'Its output stands in the installer log; late_command runs in the installer, use in-target for the new system.',
  },
  'preseed/retrieve_error': {
    reason: 'The preseed file could not be fetched.',
    hint: 'The url= of the kernel line names no file of http_directory or http_content.',
  },
  'preseed/load_error': {
    reason: 'The preseed file has a line the installer cannot read.',
    hint: 'Each line is: owner, question, type, value. Continuation lines end with a backslash and nothing after it.',
  },
  'retriever/net/error': { reason: 'A download from the mirror failed.', hint: MIRROR_HINT },
  'apt-setup/mirror/error': { reason: 'A download from the mirror failed.', hint: MIRROR_HINT },
  'disk-detect/cannot_find': {
    reason: 'The installer found no disk.',
    hint: 'disk_interface: virtio needs no further driver; other controllers need their module udeb.',
  },
  'partman-auto/no_recipe': {
    reason: 'No partitioning recipe fits the disk.',
    hint: 'The disk is too small for it: raise disk_size, or take the recipe `atomic`.',
  },
  'partman-auto/autopartitioning_failed': {
    reason: 'The disk could not be partitioned.',
    hint: 'Mostly it is too small for the expert_recipe: raise disk_size.',
  },
  'partman-base/no_root': {
    reason: 'The partitioning has no root file system.',
    hint: 'The recipe needs a partition with mountpoint{ / }.',
  },
  'finish-install/reboot_in_progress': {
    reason: 'The installation is complete and waits for a key.',
    hint: 'Add `d-i finish-install/reboot_in_progress note` to the preseed.',
  },
  'grub-installer/bootdev': {
    reason: 'The installer asks where to put GRUB.',
    hint: 'Add `d-i grub-installer/bootdev string default` to the preseed.',
  },
  'netcfg/no_interfaces': {
    reason: 'The installer found no network card.',
    hint: 'net_device: virtio-net needs no further driver.',
  },
  'netcfg/dhcp_failed': {
    reason: 'The guest got no address by DHCP.',
    hint: 'With net_bridge: is there a DHCP server on the bridge?',
  },
  'partman/confirm': {
    reason: 'The installer asks whether to write the changes to disk.',
    hint: 'Add `d-i partman/confirm boolean true` and `d-i partman/confirm_nooverwrite boolean true` to the preseed.',
  },
};
