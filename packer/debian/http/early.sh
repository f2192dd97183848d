#!/bin/sh
# Runs when the preseed was read. Loads the answers, lays out the disk, and leaves a hook for the base system.
set -e
. /usr/share/debconf/confmodule

# Answers one question before its template is known, as debconf-set-selections does, without a dozen processes.
answer() {
	if ! db_set "$1" "$2"; then
		db_register debian-installer/dummy "$1"
		db_set "$1" "$2"
		db_subst "$1" ID "$1"
	fi
	db_fset "$1" seen true
}

load_answers() {
	while read -r owner name _ value <&9; do
		case $owner in '' | '#'*) continue ;; esac
		answer "$name" "$value"
	done 9< "$1"
}
preseed_fetch answers.cfg /tmp/answers.cfg
load_answers /tmp/answers.cfg

# The value of NAME=VALUE on the kernel line.
argument() { sed -n "s#.* $1=\([^ ]*\).*#\1#p" /proc/cmdline; }

# The profile: without cloud-init, or with a desktop. Without one it is the small cloud image of answers.cfg.
case $(argument profile) in
minimal)
	db_get base-installer/includes
	answer base-installer/includes "$(echo "$RET" | sed 's/,\(cloud-init\|cloud-guest-utils\|python3-cffi-backend\)//g')"
	;;
desktop)
	answer pkgsel/run_tasksel true
	answer tasksel/first gnome-desktop
	;;
esac

# GRUB for a BIOS comes with the base system, instead of by two more readings of the archive's index. (That for UEFI is
# more packages, which depend on the architecture and on Secure Boot.)
if [ ! -d /sys/firmware/efi ]; then
	db_get base-installer/includes
	answer base-installer/includes "$RET,grub-pc"
fi

# The first partition is for the firmware; /boot is a partition of its own only below LVM; the rest is root.
if [ -d /sys/firmware/efi ]; then
	firmware='128 128 128 free $iflabel{ gpt } method{ efi } format{ } .'
else
	firmware='1 1 1 free $iflabel{ gpt } method{ biosgrub } .'
fi
boot='512 512 512 ext4 $defaultignore{ } method{ format } format{ } use_filesystem{ } filesystem{ ext4 } mountpoint{ /boot } .'
root='900 1000 -1 ext4 $lvmok{ } method{ format } format{ } use_filesystem{ } filesystem{ ext4 } mountpoint{ / } .'
answer partman-auto/expert_recipe "goldsmith :: $firmware $boot $root"

# A plain disk takes no more parts of the installer. partman loads LVM and encryption for every layout, which takes long;
# by this file it knows that it has done so. Modules that came on board are indexed; the installer would index them again
# for each part it takes. Those of LVM and encryption come later, and have to be.
db_get partman-auto/method
if [ "$RET" = regular ]; then
	mkdir -p /var/lib/partman
	: > /var/lib/partman/loaded-extra
	[ ! -d "/lib/modules/$(uname -r)/kernel/fs/ext4" ] || ln -sf /bin/true "$(command -v depmod)"
fi

mkdir -p /usr/lib/base-installer.d
cat > /usr/lib/base-installer.d/30goldsmith <<'SCRIPT'
#!/bin/sh
# Runs when the base system is unpacked and nothing else is: what kernel and GRUB find when they are installed.
# What these would install is of the machine that builds, not of those the image is for: the agent and the microcode of
# this hypervisor, with a second initramfs; reports and surveys of an installation.
rm -f /usr/lib/finish-install.d/08hw-detect
rm -f /usr/lib/pre-pkgsel.d/10laptop-detect /usr/lib/pre-pkgsel.d/50save-logs /usr/lib/pre-pkgsel.d/90popcon
# systemd-resolved left a link that points nowhere yet; the next hook copies the installer's own file here.
rm -f /target/etc/resolv.conf
mkdir -p /target/etc/default/grub.d
cat > /target/etc/default/grub.d/10_goldsmith.cfg <<'GRUB'
# The console is on the screen and on the serial port; network cards are eth0, eth1 on every hypervisor.
GRUB_CMDLINE_LINUX="net.ifnames=0 console=tty0 console=ttyS0,115200n8"
GRUB_TERMINAL="console serial"
GRUB_SERIAL_COMMAND="serial --unit=0 --speed=115200"
GRUB_TIMEOUT=1
GRUB
# What is there already needs no run of apt, each of which reads the archive's index for seconds: the installer asks for
# a dozen such packages, one by one.
mv /bin/apt-install /bin/apt-install.goldsmith
cat > /bin/apt-install <<'WRAPPER'
#!/bin/sh
for name; do
	case $name in -*) continue ;; esac
	[ -e "/target/var/lib/dpkg/info/$name.list" ] || exec /bin/apt-install.goldsmith "$@"
done
WRAPPER
chmod +x /bin/apt-install
# Each line of sources.list is tried twice, by a run of apt. What the base system came from was tried; what apt could
# read once it can read again.
sed -i 's#^valid () {$#valid () {\
	grep -qxF "$1" /target/etc/apt/sources.list /tmp/apt.valid 2> /dev/null || { tried "$@" \&\& echo "$1" >> /tmp/apt.valid; }\
}\
tried () {#' /usr/bin/apt-setup-verify
# GRUB's installer looks whether /proc is mounted by listing it, and would end with the list where a process ended
# meanwhile: there are many, of what is done beside the installation.
sed -i 's#^initial_proc_contents=.*#& || true#' /usr/bin/grub-installer
# No other system is looked for on a disk that was just laid out.
prober=$(command -v os-prober) && ln -sf /bin/true "$prober"
# Locales and the initramfs take half a minute and more, and what comes next does without: they are made beside the
# installation, which leaves a processor idle. GRUB looks for the initramfs, and waits for it; late.sh waits for both.
beside=/var/tmp/beside
mkdir -p /target$beside /target/etc/grub.d
for program in locale-gen update-initramfs; do
	[ -e /target/usr/sbin/$program ] || continue
	mv /target/usr/sbin/$program /target$beside/
	cat > /target/usr/sbin/$program <<'PROGRAM'
#!/bin/sh
beside=/var/tmp/beside
name=${0##*/}
until mkdir $beside/running.$name 2> /dev/null; do sleep 1; done
work() {
	# /proc and /sys stay for it: the installer takes them away when the command ends that called this.
	status=0
	unshare -m $beside/$name "$@" || status=$?
	[ $status -eq 0 ] || echo $name >> $beside/failed
	rmdir $beside/running.$name
	return $status
}
# What else it is asked, a kernel's package or dpkg waits for: its version, or an update that is done later.
case "$name $1" in
'locale-gen '* | 'update-initramfs -c') ;;
*) work "$@"; exit ;;
esac
{
	# dpkg's terminal goes away before this ends. By exec: see debootstrap.sh.
	trap '' HUP
	exec < /dev/null > $beside/log.$name 2>&1 3>&- 4>&-
	work "$@"
} &
PROGRAM
	chmod +x /target/usr/sbin/$program
done
cat > /target/etc/grub.d/00_beside <<'WAIT'
#!/bin/sh
while [ -e /var/tmp/beside/running.update-initramfs ]; do sleep 1; done
WAIT
chmod +x /target/etc/grub.d/00_beside
# An index of packages in the new system, for who completes their names: older than the image's first run of apt.
sed -i /gencaches/d /usr/lib/finish-install.d/60cleanup
# For the installation only (late.sh takes them away): no flush to disk after each file, no translations of package
# descriptions.
echo force-unsafe-io > /target/etc/dpkg/dpkg.cfg.d/goldsmith-install
echo 'Acquire::Languages "none";' > /target/etc/apt/apt.conf.d/00goldsmith-install
exit 0
SCRIPT
chmod +x /usr/lib/base-installer.d/30goldsmith

# Where Goldsmith keeps packages it gives those of the base system at once: debootstrap is replaced when all parts of the
# installer are there, which is when the disk is laid out.
if [ -n "$(argument build_proxy)" ]; then
	preseed_fetch debootstrap.sh /usr/lib/debootstrap.goldsmith
	mkdir -p /lib/partman/finish.d
	cat > /lib/partman/finish.d/99goldsmith <<'SCRIPT'
#!/bin/sh
[ -e /usr/sbin/debootstrap.debian ] || mv /usr/sbin/debootstrap /usr/sbin/debootstrap.debian
cp /usr/lib/debootstrap.goldsmith /usr/sbin/debootstrap
chmod +x /usr/sbin/debootstrap
exit 0
SCRIPT
	chmod +x /lib/partman/finish.d/99goldsmith
fi

# A kickstart named on the kernel line has the last word.
if [ -n "$(argument ks)" ]; then
	preseed_fetch kickseed.sh /tmp/kickseed.sh
	. /tmp/kickseed.sh
fi
