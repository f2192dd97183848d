#!/bin/sh
# Runs when the preseed was read. Leaves two things for later: partman's recipe, and a hook for the base system.
set -e

cat > /tmp/partitions.sh <<'SCRIPT'
#!/bin/sh
# The first partition is for the firmware; /boot is a partition of its own only below LVM; the rest is root.
set -e
. /usr/share/debconf/confmodule
root='900 1000 -1 ext4 $lvmok{ } method{ format } format{ } use_filesystem{ } filesystem{ ext4 } mountpoint{ / } .'
boot='512 512 512 ext4 $defaultignore{ } method{ format } format{ } use_filesystem{ } filesystem{ ext4 } mountpoint{ /boot } .'
if [ -d /sys/firmware/efi ]; then
	firmware='128 128 128 free $iflabel{ gpt } method{ efi } format{ } .'
else
	firmware='1 1 1 free $iflabel{ gpt } method{ biosgrub } .'
fi
db_set partman-auto/expert_recipe "goldsmith :: $firmware $boot $root"
db_get partman-auto/method
if [ "$RET" != lvm ]; then
	db_set partman-auto/method regular
	# partman loads LVM and encryption for every layout, which takes long and is not needed for this one.
	mkdir -p /var/lib/partman
	: > /var/lib/partman/loaded-extra
fi
SCRIPT

mkdir -p /usr/lib/base-installer.d
cat > /usr/lib/base-installer.d/50goldsmith <<'SCRIPT'
#!/bin/sh
# Runs when the base system is unpacked and nothing else is: what kernel and GRUB find when they are installed.
mkdir -p /target/etc/default/grub.d
cat > /target/etc/default/grub.d/10_goldsmith.cfg <<'GRUB'
# The console is on the screen and on the serial port; network cards are eth0, eth1 on every hypervisor.
GRUB_CMDLINE_LINUX="net.ifnames=0 console=tty0 console=ttyS0,115200n8"
GRUB_TERMINAL="console serial"
GRUB_SERIAL_COMMAND="serial --unit=0 --speed=115200"
GRUB_TIMEOUT=1
GRUB
# For the installation only (late.sh takes them away): no flush to disk after each file, no translations of package
# descriptions.
echo force-unsafe-io > /target/etc/dpkg/dpkg.cfg.d/goldsmith-install
echo 'Acquire::Languages "none";' > /target/etc/apt/apt.conf.d/00goldsmith-install
exit 0
SCRIPT
chmod +x /usr/lib/base-installer.d/50goldsmith
