# From the medium and an empty disk to a mounted file system under /target.
# The disk boots on BIOS and on UEFI alike: GPT with a place for GRUB's core image and an EFI system partition.
# Sectors are of 512 bytes. boot.img and core.img were made for these very places (core/media/tiny/grub.ts).
CORE_START=2048
ESP_START=4096
ROOT_START=12288
LEAST_MIB=160

mount_medium() {
    wait_for find_medium || stop "the installation medium was not found"
}

find_medium() {
    for device in /dev/sr* /dev/vd* /dev/sd*; do
        [ -b "$device" ] || continue
        mount -t iso9660 -o ro "$device" /medium 2>/dev/null || continue
        [ -f /medium/tiny/system.tar ] && return
        umount /medium
    done
    return 1
}

choose_disk() {
    medium=$(awk '$2 == "/medium" { print $1 }' /proc/mounts)
    for candidate in ${disk:-/dev/vda /dev/sda /dev/nvme0n1}; do
        [ -b "$candidate" ] && [ "$candidate" != "$medium" ] && disk=$candidate && break
    done
    [ -n "$disk" ] || stop "no disk was found"
    [ -b "$disk" ] || stop "there is no disk $disk"
    size=$(($(blockdev --getsize64 "$disk") / 1048576))
    [ $size -ge $LEAST_MIB ] || stop "the disk $disk is too small: $size MiB, at least $LEAST_MIB MiB are needed"
    case $disk in *[0-9]) part=${disk}p ;; *) part=$disk ;; esac
}

partition() {
    /usr/bin/sfdisk --quiet --no-reread "$disk" >/tmp/sfdisk.log 2>&1 <<END || stop "sfdisk: $(tail -n 1 /tmp/sfdisk.log)"
label: gpt
start=$CORE_START, size=2048, type=21686148-6449-6E6F-744E-656564454649, name=grub
start=$ESP_START, size=8192, type=uefi, name=efi
start=$ROOT_START, type=linux, name=root
END
    wait_for test -b "${part}3" || stop "the kernel does not see the new partitions of $disk"
}

make_filesystem() {
    root_uuid=$(cat /proc/sys/kernel/random/uuid)
    /usr/bin/mke2fs -q -t ext4 -F -L tiny-root -U "$root_uuid" "${part}3" >/tmp/mke2fs.log 2>&1 ||
        stop "mke2fs: $(tail -n 1 /tmp/mke2fs.log)"
    mount -t ext4 -o noatime "${part}3" /target || stop "the new file system cannot be mounted"
}

install_bootloader() {
    dd if=/medium/tiny/boot.img of="$disk" bs=440 count=1 conv=notrunc 2>/tmp/dd.log &&
        dd if=/medium/tiny/core.img of="${part}1" bs=64k 2>/tmp/dd.log &&
        dd if=/medium/tiny/esp.img of="${part}2" bs=64k 2>/tmp/dd.log ||
        stop "GRUB could not be written: $(tail -n 1 /tmp/dd.log)"
}
