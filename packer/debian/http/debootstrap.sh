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

# Each package of Python compiles its modules, one after the other. That can wait: it is noted, and done beside the rest of
# the installation, which leaves a processor idle; late.sh waits for its end. /usr/sbin comes first in dpkg's PATH.
later=/var/tmp/py3compile.later
mkdir -p "$target/usr/sbin"
printf '#!/bin/sh\necho "$@" >> %s\n' $later > "$target/usr/sbin/py3compile"
chmod +x "$target/usr/sbin/py3compile"

# dpkg need not wait for the disk after each file; early.sh says so once more for what comes later, and late.sh ends it.
mkdir -p "$target/etc/dpkg/dpkg.cfg.d"
echo force-unsafe-io > "$target/etc/dpkg/dpkg.cfg.d/goldsmith-install"

# The packages lie where debootstrap would have unpacked them from a tar archive: it gets an empty one. It sets one
# variable only when it reads indexes itself.
dd if=/dev/zero of=/tmp/none.tar bs=1024 count=1 2> /dev/null
ARCH_ALL_SUPPORTED=0 "$real" --unpack-tarball=/tmp/none.tar "$@" || exit $?
mv "$target"/var/lib/apt/lists/whole/* "$target/var/lib/apt/lists/"
rmdir "$target/var/lib/apt/lists/whole"

rm "$target/usr/sbin/py3compile"
compile() {
	# By exec, since a shell keeps what a command's own redirections stand for, and the installer waits until nobody has its
	# pipes any more.
	exec < "$target$later" > /dev/null 2>&1 3>&- 4>&-
	while read -r arguments; do
		chroot "$target" py3compile $arguments < /dev/null
	done
	rm "$target$later"
}
if [ -e "$target$later" ]; then
	compile &
	echo $! > /tmp/py3compile.pid
fi
