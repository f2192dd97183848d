#!/bin/ksh
# Runs in the installer's shell: writes the answers, installs, and lets the build in. What varies is in the environment:
# HOSTNAME KEYBOARD TIMEZONE PROFILE LAYOUT MIRROR KEY ANSWERS.
set -e

fetch() { ftp -V -o "$2" "$ANSWERS/$1" > /dev/null 2>&1; }
decode() { sed 's/+/ /g; s/%2[Bb]/+/g; s/%2[Ff]/\//g; s/%3[Dd]/=/g; s/%40/@/g; s/%3[Aa]/:/g'; }

# Root's way in: Goldsmith serves the key of the build; Packer gives its own.
fetch goldsmith/authorized_keys /tmp/key || echo "$KEY" | decode > /tmp/key
root_key=$(sed -n 1p /tmp/key)

x=no names='-game* -x*'
[ "$PROFILE" != desktop ] || x=yes names='all'
template=$ANSWERS/disklabel
[ "$LAYOUT" != auto ] || template=none

# The root disk is sd0 or wd0, whichever there is; virtio's is sd0.
disk=$(sysctl -n hw.disknames | tr ',' '\n' | sed -n 's/^\([sw]d[0-9]\):.*/\1/p' | sed -n 1p)

fetch install.conf /tmp/install.conf
sed -e "s|@KEYBOARD@|$KEYBOARD|; s|@HOSTNAME@|$HOSTNAME|; s|@TIMEZONE@|$TIMEZONE|; s|@X@|$x|" \
	-e "s|@ROOTKEY@|$root_key|; s|@DISKLABEL@|$template|; s|@NAMES@|$names|" \
	-e "s|@SETS@|$(uname -r)/$(uname -m)|; s|root disk = sd0|root disk = $disk|" /tmp/install.conf |
	{ [ "$template" = none ] && sed '/^URL to autopart/d' || cat; } > /install.conf

install -af /install.conf

# The host key that Goldsmith expects; without one the new system makes its own at its first boot.
if fetch goldsmith/ssh_host_ed25519_key /tmp/host && fetch goldsmith/ssh_host_ed25519_key.pub /tmp/host.pub; then
	cp /tmp/host /mnt/etc/ssh/ssh_host_ed25519_key
	cp /tmp/host.pub /mnt/etc/ssh/ssh_host_ed25519_key.pub
	chmod 600 /mnt/etc/ssh/ssh_host_ed25519_key
fi
[ -z "$MIRROR" ] || echo "$MIRROR" > /mnt/etc/installurl

# A site set of your own, served as site.tgz, is unpacked over the new system; its install.site runs there.
if fetch site.tgz /tmp/site.tgz; then
	tar -C /mnt -xzphf /tmp/site.tgz
	[ ! -x /mnt/install.site ] || chroot /mnt /install.site
fi
