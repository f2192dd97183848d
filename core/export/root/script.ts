import { shellQuote } from '../../guest/shell-quote.ts';
import type { Partition } from './partitions.ts';

/** Serial numbers by which the guest finds the two disks. */
export const SOURCE_SERIAL = 'goldsmith-source';
export const TAR_SERIAL = 'goldsmith-tar';
/** Starts every line that is meant for us. */
export const MARK = 'goldsmith-root:';
/**
 * The guest sees the disk from its second sector on: so no partition table, no file system and no volume group is
 * recognised, and nothing can be mixed up with the disk that it booted from, which is the same one.
 */
export const HIDDEN_BYTES = 512;

/**
 * The tar is written in pieces of this many bytes, the last one filled up with zeros, as the end of a tar is. Smaller
 * ones would each make the guest read from the disk what it is about to write.
 */
export const PIECE_BYTES = 65_536;

/** What no container wants: what a kernel makes, what is gone after a boot, the kernel itself, swap. */
const LEFT_OUT = [
  './proc/*',
  './sys/*',
  './dev/*',
  './run/*',
  './tmp/*',
  './boot/*',
  './lost+found',
  './swapfile',
  './swap.img',
];

/** Mounts the disk's file systems below one another as its own fstab says. They are read only, without their journal. */
const MOUNTING = `
disk_of() {
    for found in /sys/block/*; do
        [ "$(cat "$found/serial" 2>/dev/null)" != "$1" ] || { echo "/dev/\${found##*/}"; return; }
    done
    return 1
}
attach() {
    loop=$(losetup -f) && losetup -r -o "$1" "$loop" "$source" || fail "the guest has no loop device"
}
mount_here() {
    mount -o ro,noload "$1" "$2" || mount -o ro,norecovery,nouuid "$1" "$2" || mount -o ro "$1" "$2"
} 2>/dev/null
attribute() {
    blkid "$1" 2>/dev/null | sed -n "s/.* $2=\\"\\([^\\"]*\\)\\".*/\\1/p"
}
attach_all() {
    for place in $places; do
        attach "\${place%%|*}"
        loops="$loops $loop|\${place#*|}"
    done
}
find_root() {
    for loop in $loops; do
        loop=\${loop%%|*}
        if mount_here "$loop" "$top" && [ -d "$top/etc" ] && [ -d "$top/usr" ]; then return; fi
        umount "$top" 2>/dev/null
    done
    return 1
}
loop_of() {
    for place in $loops; do
        loop=\${place%%|*}
        uuid=$(attribute "$loop" UUID)
        case "|\${place#*|}UUID=$uuid|/dev/disk/by-uuid/$uuid|LABEL=$(attribute "$loop" LABEL)|" in
        *"|$1|"*) echo "$loop"; return ;;
        esac
    done
    return 1
}
mount_others() {
    sed 's/#.*//; s/"//g' "$top/etc/fstab" 2>/dev/null | sort -k 2 | while read -r what where rest; do
        case $where in / | /boot* | none | swap) continue ;; esac
        loop=$(loop_of "$what") && mount_here "$loop" "$top$where"
    done
}
`;

/** GNU tar with everything it knows of a file; else busybox's. The order is by name, so that it is always the same. */
const PACKING = `
pack() {
    cd "$top" || return 1
    if tar --version 2>/dev/null | grep -q GNU; then
        find . \\( $left_out \\) -prune -o -print0 | LC_ALL=C sort -z >"$work/names"
        tar --format=posix --pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime --numeric-owner \\
            --xattrs '--xattrs-include=*' --no-recursion --null -T "$work/names" -cf -
    else
        find . \\( $left_out \\) -prune -o -print | LC_ALL=C sort >"$work/names"
        # busybox's takes names as arguments only; with more than fit it fails, and says so
        IFS='
'
        set -f
        tar --numeric-owner --no-recursion -cf - $(cat "$work/names")
    fi
}
`;

/** The script, for a root shell of the guest: writes the root file system as a tar to the second disk. */
export function rootScript(partitions: Partition[]): string {
  const places = partitions
    .filter(({ start }) => start >= HIDDEN_BYTES)
    .map(({ start, names = [] }) => `${[start - HIDDEN_BYTES, ...names].join('|')}|`);
  const leftOut = LEFT_OUT.map(pattern => `-path ${shellQuote(pattern)}`).join(' -o ');
  return `
say() { echo "${MARK} $1"; }
fail() { say "failed $1"; exit 1; }
${MOUNTING}${PACKING.replaceAll('$left_out', leftOut)}
places=${shellQuote(places.join(' '))} loops=
modprobe loop 2>/dev/null
source=$(disk_of ${SOURCE_SERIAL}) && target=$(disk_of ${TAR_SERIAL}) || fail "the guest does not see its disks"
work=$(mktemp -d) && top=$work/top && mkdir "$top" || fail "there is no room for a folder"
attach_all
find_root || fail "no partition holds a root file system that the guest can read"
mount_others
{ pack 2>"$work/errors"; echo $? >"$work/status"; } |
    dd of="$target" bs=${PIECE_BYTES} iflag=fullblock conv=sync 2>"$work/dd" || fail "$(tail -n 1 "$work/dd")"
[ "$(cat "$work/status")" = 0 ] || fail "tar: $(tail -n 1 "$work/errors")"
sync
say "pieces $(sed -n 's/ records out.*//p' "$work/dd" | tr + ' ')"
`;
}
