# title: Swap space
# families: debian redhat alpine
# why: it holds whatever was in memory, keys included

[ -r "$ROOT/proc/swaps" ] || exit 0
sed 1d "$ROOT/proc/swaps" | while read -r swap kind kib _; do
    case $swap in /dev/zram* | /dev/ram*) continue ;; esac
    if ! command -v mkswap >/dev/null || ! command -v blkid >/dev/null; then
        echo "left $swap as it is: no mkswap or blkid here"
        continue
    fi
    uuid=$(blkid -p -s UUID -o value "$swap" || true)
    label=$(blkid -p -s LABEL -o value "$swap" || true)
    swapoff "$swap"
    if [ "$kind" = partition ]; then
        blkdiscard "$swap" 2>/dev/null || dd if=/dev/zero of="$swap" bs=1024 count="$kib" 2>/dev/null
    else
        # Zeros, which QEMU keeps as holes; a hole made here would not be taken for swap space.
        dd if=/dev/zero of="$swap" bs=1024 count="$((kib + 4))" conv=notrunc 2>/dev/null
    fi
    # The same names: /etc/fstab and the kernel's line may hold them.
    mkswap ${uuid:+-U "$uuid"} ${label:+-L "$label"} "$swap" >/dev/null
    echo "cleared $swap"
done
