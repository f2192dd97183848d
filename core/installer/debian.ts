import { DEBIAN_STAGES } from './debian-stages.ts';
import type { Recogniser, Remember } from './recognisers.ts';

/**
 * What the Debian installer's log looks like when it stops. The lines are those of main-menu, anna, net-retriever,
 * preseed, bootstrap-base, debootstrap, pkgsel, grub-installer and cdebconf of Debian 13, read in their source.
 * The installer itself never exits: it draws a dialog and waits. So a line that comes before a dialog stops the
 * build when silence follows it.
 */
export const DEBIAN_REMEMBERS: Remember[] = [
  { name: 'component', pattern: /anna\[\d+\]: DEBUG: retrieving (\S+)/ },
  { name: 'file', pattern: /net-retriever: (?:regular|devel): (\S+)/ },
  { name: 'argument', pattern: /debootstrap: EA: (.+)/ },
  { name: 'question', pattern: /debconf(?:\[\d+\])?: --> INPUT \S+ (\S+)/ },
  { name: 'title', pattern: /^-{4,}$/, sources: ['serial', 'screen'], isLineBefore: true, forgets: 'asked' },
  { name: 'asked', pattern: /^(\S.{3,}[?:])$/, sources: ['serial', 'screen'] },
  { name: 'command', pattern: /preseed: running preseed command (\S+):/ },
];

const NEXT_ITEM = /main-menu\[\d+\]: INFO: Menu item '[^']+' selected/;
const MIRROR_HINT =
  'Check the mirror of the preseed (mirror/http/hostname, mirror/http/directory) and what this host can reach.';

export const DEBIAN_RECOGNISERS: Recogniser[] = [
  {
    name: 'no-kernel-modules',
    pattern: /anna\[\d+\]: WARNING \*\*: no packages matching running kernel (\S+) in archive/,
    when: 'quiet',
    quietMs: 3000,
    code: 'installer-stopped',
    reason: 'The mirror has no modules for the installer kernel {1}.',
    hint: 'The netboot image is older or newer than the mirror: take a current one, or let `goldsmith iso debian-13` make one that fits.',
  },
  {
    name: 'component-download',
    pattern: /anna\[\d+\]: WARNING \*\*: package retrieval failed/,
    when: 'quiet',
    quietMs: 3000,
    code: 'installer-stopped',
    reason: 'The installer component {component} could not be downloaded.',
    hint: `The mirror lacks it, or cannot be reached. ${MIRROR_HINT}`,
  },
  {
    name: 'component-checksum',
    pattern: /anna\[\d+\]: WARNING \*\*: bad (sha256|md5)sum/,
    when: 'quiet',
    quietMs: 3000,
    code: 'installer-stopped',
    reason: 'The installer component {component} has the wrong checksum.',
    hint: 'A proxy or a mirror in the middle of an update: try again, or another mirror.',
  },
  {
    name: 'retriever-error',
    pattern: /net-retriever: error: (.+)/,
    when: 'quiet',
    code: 'installer-stopped',
    reason: 'The mirror cannot be used: {1}',
    hint: MIRROR_HINT,
  },
  {
    name: 'preseed-http',
    pattern: /^answers: \S+ (\S+) (4\d\d|5\d\d)$/,
    sources: ['answers'],
    when: 'quiet',
    quietMs: 5000,
    code: 'installer-stopped',
    reason: 'The installer asked for {1} and got HTTP {2}.',
    hint: 'The url= of the kernel line names no file of http_directory or http_content.',
  },
  {
    name: 'preseed-unreachable',
    pattern: /wget: (can't connect to remote host.*|bad address .*|download timed out|unable to resolve host.*)/,
    stage: 'network-preseed',
    when: 'quiet',
    quietMs: 8000,
    code: 'installer-stopped',
    reason: 'The preseed server could not be reached: {1}',
    hint: 'Use http://{{ .HTTPIP }}:{{ .HTTPPort }}/ in the kernel line.',
  },
  {
    name: 'preseed-run',
    pattern: /preseed: (?:error (?:running|fetching)|checksum error) "([^"]+)"/,
    when: 'quiet',
    quietMs: 3000,
    code: 'installer-stopped',
    reason: 'A script of the preseed failed: {1}',
    hint: 'The lines before it in the installer log are its output.',
  },
  {
    name: 'http-error',
    pattern: /(?:wget: server returned error: HTTP\/\S+|ERROR) (404|403|410|5\d\d):? ?(.*)/,
    when: 'cause',
    code: 'installer-stopped',
    reason: 'The server answered {1} {2}',
    hint: MIRROR_HINT,
  },
  {
    name: 'cannot-resolve',
    pattern:
      /wget: (?:bad address|unable to resolve host address) ['\u2018]?([^'\u2019\s]+)['\u2019]?|Temporary failure resolving '([^']+)'/,
    when: 'cause',
    code: 'installer-stopped',
    reason: 'The host name {1}{2} cannot be resolved.',
    hint: 'The guest asks the host for names: does this host resolve it?',
  },
  {
    name: 'cannot-connect',
    pattern:
      /wget: can't connect to remote host \(?([^):]+)\)?: (.*)|Could not connect to (\S+)|\]: failed: (Connection (?:refused|timed out))/,
    when: 'cause',
    code: 'installer-stopped',
    reason: 'There is no connection to {1}{3}{4}.',
    hint: MIRROR_HINT,
  },
  {
    name: 'debootstrap',
    pattern: /debootstrap: EF: (.+)/,
    when: 'quiet',
    code: 'installer-stopped',
    reason: 'debootstrap: {1}',
    hint: MIRROR_HINT,
  },
  {
    name: 'debootstrap-code',
    pattern: /debootstrap: E: ([A-Z]{4,})/,
    when: 'cause',
    code: 'installer-stopped',
    reason: 'debootstrap ended with {1} {argument}',
    hint: MIRROR_HINT,
  },
  {
    name: 'base-installer',
    pattern: /base-installer: error: exiting on error base-installer\/(\S+)/,
    when: 'quiet',
    quietMs: 2000,
    code: 'installer-stopped',
    reason: 'The base system could not be installed ({1}).',
    hint: 'The lines before it in the installer log say why.',
  },
  {
    name: 'package-missing',
    pattern:
      /E: (?:Unable to locate package|Couldn't find any package by \S+|Package '?([^' ]+)'? has no installation candidate) ?'?(\S*?)'?$/,
    when: 'quiet',
    code: 'installer-stopped',
    reason: 'The archive has no package {1}{2}.',
    hint: 'Correct the name in pkgsel/include, or add the component or repository it is in.',
  },
  {
    name: 'package-fetch',
    pattern: /E: Failed to fetch (\S+)\s*(.*)/,
    when: 'quiet',
    code: 'installer-stopped',
    reason: 'A package could not be downloaded: {1} {2}',
    hint: MIRROR_HINT,
  },
  {
    name: 'package-configure',
    pattern: /dpkg: error processing (?:package|archive) (\S+)/,
    when: 'cause',
    code: 'installer-stopped',
    reason: 'The package {1} could not be installed.',
    hint: 'Its own output stands before that line in the installer log.',
  },
  {
    name: 'disk-full',
    pattern: /No space left on device/,
    when: 'cause',
    code: 'installer-stopped',
    reason: 'A disk of the guest is full.',
    hint: 'Raise disk_size in the recipe, or take fewer partitions in the preseed.',
  },
  {
    name: 'mkfs',
    pattern: /partman: (?:mkfs\S*|mke2fs|mkswap): (.*(?:error|cannot|could not|failed|not found|No such).*)/i,
    when: 'cause',
    code: 'installer-stopped',
    reason: 'A file system could not be made: {1}',
    hint: 'Is the udeb with this file system on the mirror and for this kernel?',
  },
  {
    name: 'grub',
    pattern: /grub-installer: error: (.+)/,
    when: 'quiet',
    quietMs: 3000,
    code: 'installer-stopped',
    reason: 'GRUB could not be installed: {1}',
    hint: 'Does grub-installer/bootdev name the disk (/dev/vda with virtio)? With UEFI: is there an EFI system partition?',
  },
  {
    name: 'grub-install',
    pattern: /grub-install: error: (.+)/,
    when: 'cause',
    code: 'installer-stopped',
    reason: 'grub-install: {1}',
    hint: 'Does grub-installer/bootdev name the disk (/dev/vda with virtio)?',
  },
  {
    name: 'hook-failed',
    pattern: /(?:finish-install|base-installer|pkgsel|apt-setup): warning: (\S+) returned error code (\d+)/,
    when: 'warning',
    code: 'installer-stopped',
    reason: 'The installer went on though {1} ended with {2}.',
    hint: 'Its output stands before that line in the installer log.',
  },
  {
    name: 'step-failed',
    pattern: /main-menu\[\d+\]: WARNING \*\*: Configuring '([^']+)' failed with error code (\d+)/,
    when: 'quiet',
    quietMs: 3000,
    until: NEXT_ITEM,
    repeats: 3,
    isGeneric: true,
    code: 'installer-stopped',
    reason: "The installer's step {1} failed (code {2}).",
    hint: 'Code 10 means a question without an answer: look at the screen. The installer log says the rest.',
  },
  {
    name: 'debconf-question',
    pattern: /debconf(?:\[\d+\])?: <-- 0 question will be asked/,
    when: 'quiet',
    quietMs: 8000,
    until: /debconf(?:\[\d+\])?: <-- (?:0 ok|30 backup)/,
    isGeneric: true,
    code: 'installer-stopped',
    reason: 'The installer asks {question}.',
    hint: 'Answer it in the preseed: a line `d-i {question} TYPE VALUE`.',
  },
  {
    name: 'dialog',
    pattern: /\[(?:!!|!|\?|\.)\] (\S(?:.*?\S)?)(?:\s{2,}|\s*$)/,
    sources: ['serial', 'screen'],
    when: 'quiet',
    quietMs: 4000,
    until: NEXT_ITEM,
    isGeneric: true,
    code: 'installer-stopped',
    reason: 'The installer waits at the dialog "{1}".',
    hint: 'goldsmith console or the screen shows what it asks; answer it in the preseed.',
  },
  {
    name: 'text-error',
    pattern: /^!! ERROR: (.+)/,
    sources: ['serial', 'screen'],
    when: 'quiet',
    quietMs: 4000,
    until: NEXT_ITEM,
    code: 'installer-stopped',
    reason: 'The installer shows an error: {1}',
    hint: 'The lines before it in the installer log say more.',
  },
  {
    name: 'text-dialog',
    pattern: /^-{4,}$/,
    sources: ['serial', 'screen'],
    when: 'quiet',
    quietMs: 6000,
    until: NEXT_ITEM,
    isGeneric: true,
    code: 'installer-stopped',
    reason: 'The installer waits at the dialog "{title}": {asked}',
    hint: 'Answer it in the preseed, or look at why it is asked: the last lines of the log are below.',
  },
];

/**
 * Items of the main menu that take seconds on the slowest machine (2, 6 and 1 measured), in ms of silence. Longer means a question, which
 * the log never shows (measured: the root password asked for, and not one line more).
 */
export const DEBIAN_QUICK_STAGES: Record<string, number> = {
  localechooser: 25_000,
  'console-setup-udeb': 90_000,
  'user-setup-udeb': 25_000,
};

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

/** Words a person knows for an item of the main menu. */
export const debianStageTitle = (item: string): string => DEBIAN_STAGES[item]?.title ?? item;
