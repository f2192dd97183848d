#!/bin/sh
# Stands in debootstrap's place (early.sh). debootstrap reads the archive's whole index some thirty times and fetches
# packages one by one, minutes under emulation. Goldsmith has worked out the same packages and gives them in one archive,
# checked by Debian's signature. Where it does not, debootstrap does all of it itself.
real=/usr/sbin/debootstrap.debian
log() { logger -t goldsmith "$@"; }

include= exclude= suite= target= mirror= own=
for argument; do
	case $argument in
	--include=*) include=${argument#*=} ;;
	--exclude=*) exclude=${argument#*=} ;;
	--components=main | --debian-installer | --resolve-deps | --keyring=*) ;;
	-*) own=$argument ;;
	*)
		if [ -z "$suite" ]; then suite=$argument
		elif [ -z "$target" ]; then target=$argument
		elif [ -z "$mirror" ]; then mirror=$argument
		else own=$argument; fi
		;;
	esac
done
[ "$(udpkg --print-architecture)" = amd64 ] || own=architecture
[ -z "$own" ] || exec "$real" "$@"

url="http://goldsmith.invalid/base.tar?mirror=$mirror&suite=$suite&include=$include&exclude=$exclude"
wget --tries=1 -q -O - "$url" | tar -x -f - -C "$target"
if [ ! -s "$target/debootstrap/base" ]; then
	log "warning: the base system's packages did not come; debootstrap fetches them"
	rm -rf "$target/debootstrap" "$target/var"
	exec "$real" "$@"
fi

# Some programs that packages call when they are configured can wait: that they were called is noted, and they are run
# beside the rest of the installation, which leaves a processor idle; late.sh waits for their end.
beside=/var/tmp/beside
noter() {
	cat > "$target$beside/noters/$1"
	chmod +x "$target$beside/noters/$1"
}
mkdir -p "$target$beside/noters"
sed -i "s#PATH=/sbin:#PATH=$beside/noters:/sbin:#" /usr/share/debootstrap/functions

# Each package of Python compiles its modules.
noter py3compile <<'NOTER'
#!/bin/sh
echo py3compile "$@" >> /var/tmp/beside/later
NOTER
# The directory of certificates is made by the package, and once more by its trigger.
noter update-ca-certificates <<'NOTER'
#!/bin/sh
grep -qsx update-ca-certificates /var/tmp/beside/later || echo update-ca-certificates >> /var/tmp/beside/later
NOTER
# For each unit of systemd three runs of Perl find out that nobody has masked or disabled it, and enable it.
noter deb-systemd-helper <<'NOTER'
#!/bin/sh
case " $*" in
*' unmask '* | *' was-enabled '*) ;;
*' debian-installed '*) exit 1 ;;
*' enable '* | *' update-state '*) printf '%s\n' "$*" >> /var/tmp/beside/units ;;
*) exec /usr/bin/deb-systemd-helper "$@" ;;
esac
NOTER

# dpkg need not wait for the disk after each file; early.sh says so once more for what comes later, and late.sh ends it.
mkdir -p "$target/etc/dpkg/dpkg.cfg.d"
echo force-unsafe-io > "$target/etc/dpkg/dpkg.cfg.d/goldsmith-install"

# The packages lie where debootstrap would have unpacked them from a tar archive: it gets an empty one. It sets one
# variable only when it reads indexes itself.
dd if=/dev/zero of=/tmp/none.tar bs=1024 count=1 2> /dev/null
if ! ARCH_ALL_SUPPORTED=0 "$real" --unpack-tarball=/tmp/none.tar "$@"; then
	rm -r "$target$beside" # another try may be debootstrap's own, and nobody would do what is noted then
	exit 1
fi
mv "$target"/var/lib/apt/lists/whole/* "$target/var/lib/apt/lists/"
rmdir "$target/var/lib/apt/lists/whole"

rm -r "$target$beside/noters"
cat > "$target$beside/do-later" <<'LATER'
cd /var/tmp/beside
mount -t proc proc /proc
# Units that are to be treated alike by one run.
export DPKG_MAINTSCRIPT_PACKAGE=goldsmith
[ ! -e units ] || sed 's/ [^ ]*$//' units | sort -u | while read -r how; do
	deb-systemd-helper $how $(sed -n "s/^$how //p" units) || exit
done
[ ! -e later ] || . ./later
LATER
work() {
	# By exec, since a shell keeps what a command's own redirections stand for, and the installer waits until nobody has its
	# pipes any more.
	exec < /dev/null > "$target$beside/log.do-later" 2>&1 3>&- 4>&-
	# With a /proc of its own: the installer takes away the other one and gives it back.
	chroot "$target" unshare -m sh -e $beside/do-later || echo do-later >> "$target$beside/failed"
	rmdir "$target$beside/running.do-later"
}
mkdir "$target$beside/running.do-later"
work &
