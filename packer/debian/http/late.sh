#!/bin/sh
# Runs in the installer just before it ends; the new system is at /target.
set -e
log() { logger -t goldsmith "$@"; }

# The value of NAME=VALUE on the kernel line.
argument() { sed -n "s#.* $1=\([^ ]*\).*#\1#p" /proc/cmdline; }

fetch() { preseed_fetch "$1" "$2" 2> /dev/null && [ -s "$2" ]; }

# Undoes what a URL query encodes in an OpenSSH public key.
decode() { sed 's/+/ /g; s/%2[Bb]/+/g; s/%2[Ff]/\//g; s/%3[Dd]/=/g; s/%40/@/g; s/%3[Aa]/:/g'; }

# Root's way in: Goldsmith serves the key of the build; Packer writes its own on the kernel line.
mkdir -p /target/root/.ssh
chmod 700 /target/root/.ssh
if ! fetch goldsmith/authorized_keys /target/root/.ssh/authorized_keys; then
	argument build_key | decode > /target/root/.ssh/authorized_keys
fi
chmod 600 /target/root/.ssh/authorized_keys
[ -s /target/root/.ssh/authorized_keys ] || log "error: no key for root: neither served nor on the kernel line"

# The host key that Goldsmith expects, so that the first login is no act of faith. Packer has none: then the new
# system keeps those that were made when its SSH server was installed.
key=etc/ssh/ssh_host_ed25519_key
if fetch goldsmith/ssh_host_ed25519_key /tmp/host_key && fetch goldsmith/ssh_host_ed25519_key.pub /tmp/host_key.pub; then
	cat /tmp/host_key > /target/$key
	cat /tmp/host_key.pub > /target/$key.pub
	chmod 600 /target/$key
	rm -f /tmp/host_key /tmp/host_key.pub
	log "info: the host key of this build was installed"
fi

# Host keys are made at boot when they are missing, as in every copy of a sealed image.
cat > /target/etc/systemd/system/ssh-host-keys.service <<'UNIT'
[Unit]
Description=Make missing SSH host keys
Before=ssh.service
ConditionPathExists=!/etc/ssh/ssh_host_ed25519_key

[Service]
Type=oneshot
ExecStart=/usr/bin/ssh-keygen -A

[Install]
WantedBy=multi-user.target
UNIT
ln -sf ../ssh-host-keys.service /target/etc/systemd/system/multi-user.target.wants/ssh-host-keys.service

# The network is systemd-networkd's, as in Debian's own cloud images: DHCP until cloud-init, where there is a cloud,
# writes a file that comes before this one. (ifupdown fails at every boot where a network has no DHCPv6.)
cat > /target/etc/systemd/network/90-dhcp.network <<'NETWORK'
[Match]
Name=eth* en*

[Network]
DHCP=yes
NETWORK
in-target systemctl enable systemd-networkd systemd-resolved
ln -sf ../run/systemd/resolve/stub-resolv.conf /target/etc/resolv.conf

# The clouds that are looked for. cloud-init does not run where none of them is.
[ ! -d /target/etc/cloud/cloud.cfg.d ] || cat > /target/etc/cloud/cloud.cfg.d/90_goldsmith.cfg <<'CLOUD'
datasource_list: [NoCloud, ConfigDrive, OpenStack, Ec2, Azure, GCE, VMware, None]
system_info: {network: {renderers: [networkd]}}
CLOUD

# An encrypted image is started by nobody: it unlocks itself with a key in its initramfs, beside the passphrase, until
# that key is taken away where the image is used (cryptsetup luksRemoveKey, then a TPM, or the passphrase at the console).
unlock_by_key() {
	key=/etc/cryptsetup-keys.d/root.key
	uuid=$(sed -n 's/.*UUID=\([^ ]*\).*/\1/p' /target/etc/crypttab | head -n 1)
	mkdir -p -m 700 /target/etc/cryptsetup-keys.d
	dd if=/dev/urandom of=/target$key bs=64 count=1 2> /dev/null
	chmod 400 /target$key
	argument partman-crypto/passphrase | tr -d '\n' |
		chroot /target cryptsetup luksAddKey --batch-mode --key-file - "/dev/disk/by-uuid/$uuid" $key
	sed -i "s# none # $key #" /target/etc/crypttab
	echo 'KEYFILE_PATTERN="/etc/cryptsetup-keys.d/*.key"' >> /target/etc/cryptsetup-initramfs/conf-hook
	echo UMASK=0077 > /target/etc/initramfs-tools/conf.d/keys.conf
	in-target update-initramfs -u -k all
}
[ ! -s /target/etc/crypttab ] || unlock_by_key

# What is done beside the rest (debootstrap.sh, early.sh). A program that came anew meanwhile stays.
end_beside() {
	beside=/target/var/tmp/beside
	while [ -n "$(ls -d $beside/running.* 2> /dev/null)" ]; do sleep 1; done
	for program in locale-gen update-initramfs; do
		! grep -qs /var/tmp/beside /target/usr/sbin/$program || mv $beside/$program /target/usr/sbin/
	done
	rm /target/etc/grub.d/00_beside
	for name in $(cat $beside/failed 2> /dev/null); do log "error: $name failed: $(tail -n 1 $beside/log.$name 2> /dev/null)"; done
	[ ! -e $beside/failed ] || exit 1
	rm -r $beside
}
[ ! -d /target/var/tmp/beside ] || end_beside

rm -f /target/etc/dpkg/dpkg.cfg.d/goldsmith-install /target/etc/apt/apt.conf.d/00goldsmith-install
# A proxy of the build alone is none of the new system's business.
[ -z "$(argument build_proxy)" ] || sed -i '/^Acquire::http::Proxy /d' /target/etc/apt/apt.conf
exit 0
