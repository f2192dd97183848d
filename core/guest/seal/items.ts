/** Kinds of guests that are sealed alike. */
export type GuestFamily = 'debian' | 'redhat' | 'tiny' | 'openbsd' | 'freebsd';

/** One thing to remove, or to make sure of, before an image is copied to many machines. */
export interface SealItem {
  /** As `seal: {skip: [...]}` in lab.yaml names it. */
  name: string;
  title: string;
  /** Undefined: all. */
  families?: readonly GuestFamily[];
  /**
   * POSIX sh, run as root with `set -eu`. Every path starts with `$ROOT` (empty in a guest), so that a test can run
   * it in a folder. What it prints is shown.
   */
  script: string;
}

const LINUX = ['debian', 'redhat', 'tiny'] as const;
const SYSTEMD = ['debian', 'redhat'] as const;

/** systemd makes the keys anew before sshd starts, when they are missing (systemd.unit(5), ConditionPathExists). */
const HOST_KEY_UNIT = `[Unit]
Description=Make SSH host keys if this machine has none
ConditionPathExists=!/etc/ssh/ssh_host_ed25519_key
Before=ssh.service sshd.service ssh.socket

[Service]
Type=oneshot
ExecStart=/usr/bin/ssh-keygen -A

[Install]
WantedBy=multi-user.target
`;

/** In this order. The names are those of virt-sysprep where it has one. */
export const SEAL_ITEMS: readonly SealItem[] = [
  {
    name: 'hostkeys-return',
    title: 'SSH host keys come back at first boot',
    families: SYSTEMD,
    script: `unit=$ROOT/etc/systemd/system/goldsmith-hostkeys.service
if [ -e "$ROOT/usr/lib/systemd/system/sshd-keygen@.service" ]; then echo "the system makes them itself"; else
mkdir -p "$ROOT/etc/systemd/system/multi-user.target.wants"
cat >"$unit" <<'UNIT'
${HOST_KEY_UNIT}UNIT
ln -sf ../goldsmith-hostkeys.service "$ROOT/etc/systemd/system/multi-user.target.wants/goldsmith-hostkeys.service"
echo "goldsmith-hostkeys.service"; fi`,
  },
  {
    name: 'ssh-hostkeys',
    title: 'SSH host keys',
    script: `for file in "$ROOT"/etc/ssh/ssh_host_*; do [ -e "$file" ] || continue; rm -f "$file"; echo "$file"; done`,
  },
  {
    name: 'build-key',
    title: "The build's own key",
    script: `for file in "$ROOT"/root/.ssh/authorized_keys "$ROOT"/home/*/.ssh/authorized_keys; do
[ -f "$file" ] || continue
grep -qF "$BUILD_KEY" "$file" || continue
grep -vF "$BUILD_KEY" "$file" >"$file.sealed" || true
cat "$file.sealed" >"$file"; rm -f "$file.sealed"
[ -s "$file" ] || rm -f "$file"
echo "$file"; done`,
  },
  {
    name: 'cloud-init',
    title: 'State of cloud-init',
    families: SYSTEMD,
    script: `if [ -z "$ROOT" ] && command -v cloud-init >/dev/null; then cloud-init clean --logs --seed; echo "cloud-init clean"; fi`,
  },
  {
    name: 'tiny-seed',
    title: "State of the tiny guest's seed reader",
    families: ['tiny'],
    script: `rm -rf "$ROOT"/var/lib/nocloud; echo /var/lib/nocloud`,
  },
  {
    name: 'machine-id',
    title: 'Machine id',
    families: LINUX,
    script: `if [ -e "$ROOT/etc/machine-id" ]; then : >"$ROOT/etc/machine-id"; echo /etc/machine-id; fi
if [ -f "$ROOT/var/lib/dbus/machine-id" ] && [ ! -L "$ROOT/var/lib/dbus/machine-id" ]; then
rm -f "$ROOT/var/lib/dbus/machine-id"; echo /var/lib/dbus/machine-id; fi`,
  },
  {
    name: 'udev-persistent-net',
    title: 'Names of network cards',
    families: LINUX,
    script: `rm -f "$ROOT"/etc/udev/rules.d/70-persistent-net.rules "$ROOT"/etc/udev/rules.d/75-persistent-net-generator.rules`,
  },
  {
    name: 'net-nmconn',
    title: 'Leftovers of NetworkManager',
    families: SYSTEMD,
    script: `rm -f "$ROOT"/var/lib/NetworkManager/*.lease "$ROOT"/var/lib/NetworkManager/secret_key "$ROOT"/var/lib/NetworkManager/seen-bssids "$ROOT"/var/lib/NetworkManager/timestamps`,
  },
  {
    name: 'dhcp-client-state',
    title: 'DHCP leases',
    script: `rm -f "$ROOT"/var/lib/dhcp/*.leases "$ROOT"/var/lib/dhclient/* "$ROOT"/var/lib/dhcpcd/* "$ROOT"/var/db/dhclient.leases.* 2>/dev/null || true
rm -rf "$ROOT"/var/lib/systemd/network/* 2>/dev/null || true`,
  },
  {
    name: 'installer-logs',
    title: 'Logs of the installer, which hold hashes',
    script: `for file in "$ROOT"/var/log/installer "$ROOT"/var/log/anaconda "$ROOT"/root/anaconda-ks.cfg "$ROOT"/root/original-ks.cfg "$ROOT"/root/install.log* "$ROOT"/var/cache/debconf/passwords.dat "$ROOT"/var/cache/debconf/passwords.dat-old; do
[ -e "$file" ] || continue; rm -rf "$file"; echo "$file"; done`,
  },
  {
    name: 'package-cache',
    title: 'Package caches',
    script: `rm -rf "$ROOT"/var/cache/apt/archives/*.deb "$ROOT"/var/cache/apt/archives/partial/* "$ROOT"/var/cache/apt/*.bin "$ROOT"/var/lib/apt/lists/* "$ROOT"/var/cache/dnf/* "$ROOT"/var/cache/yum/*
rm -f "$ROOT"/etc/apt/apt.conf.d/00-goldsmith-proxy`,
  },
  {
    name: 'random-seed',
    title: 'Random seed',
    families: LINUX,
    script: `rm -f "$ROOT"/var/lib/systemd/random-seed "$ROOT"/var/lib/random-seed "$ROOT"/var/lib/urandom/random-seed "$ROOT"/boot/efi/loader/random-seed`,
  },
  {
    name: 'bash-history',
    title: 'Shell histories',
    script: `rm -f "$ROOT"/root/.*_history "$ROOT"/home/*/.*_history "$ROOT"/root/.lesshst "$ROOT"/root/.viminfo "$ROOT"/root/.wget-hsts`,
  },
  {
    name: 'tmp-files',
    title: 'Temporary files',
    script: `find "$ROOT"/tmp "$ROOT"/var/tmp -mindepth 1 -maxdepth 1 ! -name 'systemd-private-*' ! -name 'snap-private-tmp' -exec rm -rf {} + 2>/dev/null || true
rm -rf "$ROOT"/root/.ansible "$ROOT"/home/*/.ansible`,
  },
  {
    name: 'stamp',
    title: 'Stamp /etc/goldsmith-release',
    script: `printf '%s\\n' "$STAMP" >"$ROOT/etc/goldsmith-release"; echo /etc/goldsmith-release`,
  },
  {
    name: 'logfiles',
    title: 'Logs',
    script: `rm -rf "$ROOT"/var/log/journal/*
find "$ROOT"/var/log -type f \\( -name '*.gz' -o -name '*.xz' -o -name '*.[0-9]' -o -name '*.old' \\) -exec rm -f {} + 2>/dev/null || true
find "$ROOT"/var/log -type f -exec sh -c 'for file; do : >"$file"; done' sh {} + 2>/dev/null || true`,
  },
  {
    name: 'trim',
    title: 'Give unused blocks back to the host',
    families: LINUX,
    script: `sync
if [ -z "$ROOT" ]; then
if command -v systemctl >/dev/null; then fstrim -av; else awk '$3 ~ /^(ext[234]|xfs|btrfs|vfat)$/ {print $2}' /proc/mounts | while read -r mount; do fstrim -v "$mount" 2>/dev/null || true; done; fi
sync; fi`,
  },
];
