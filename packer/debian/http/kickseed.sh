# Part of early.sh. Debian's reader of kickstarts is no part of its netboot image: take it from the mirror, and let it
# read the file that ks= names on the kernel line. What a kickstart has no word for came from answers.cfg before.
host=$(argument mirror/http/hostname)
directory=$(argument mirror/http/directory)
[ -n "$host" ] || logger -t goldsmith "error: the kernel line names no mirror (mirror/http/hostname)"
archive=http://$host${directory:-/debian}
parts=$archive/dists/$(argument mirror/suite)/main/debian-installer/binary-amd64

wget -q -O /tmp/parts.gz "$parts/Packages.gz"
zcat /tmp/parts.gz | sed -n 's#^Filename: \(.*/\(kickseed-common\|initrd-kickseed\)_[^/]*[.]udeb\)$#\1#p' > /tmp/kickseed.parts
while read -r part <&8; do
	wget -q -O /tmp/kickseed.udeb "$archive/$part"
	udpkg --unpack /tmp/kickseed.udeb
done 8< /tmp/kickseed.parts
/lib/kickseed/initrd-kickseed
logger -t goldsmith "info: the kickstart was read"
