# title: Give unused blocks back to the host
# families: all
# why: what was deleted leaves the disk for good, and the image stays small without writing zeros

sync
if ! runs fstrim; then
    echo "no fstrim here: what was deleted may still be read from the disk"
    exit 0
fi
# A file system on a device that cannot discard is no reason to fail: the search of the disk has the last word.
awk '$1 ~ /^\// && $3 ~ /^(ext[234]|xfs|btrfs|f2fs|vfat)$/ && $4 !~ /(^|,)ro(,|$)/ && !seen[$1]++ {print $2}' /proc/mounts |
    while read -r mount; do
        fstrim -v "$mount" 2>&1 || echo "not trimmed: $mount"
    done
sync
