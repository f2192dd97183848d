# Sourced by the installer, the boot initramfs and the installed system.

mount_kernel_filesystems() {
    mount -t proc proc /proc
    mount -t sysfs sysfs /sys
    mount -t devtmpfs dev /dev 2>/dev/null # the kernel has already done it where there is no initramfs
}

# Loads the drivers that the devices present ask for, and those of disks and CDs, which controllers find later.
load_drivers() {
    find /sys/devices -name modalias -exec cat {} + | sort -u | xargs modprobe -q -a -b sd_mod sr_mod 2>/dev/null
}

# wait_for COMMAND...: tries it every 20 ms for 10 s. Devices come up on their own time.
wait_for() {
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        [ $tries -lt 500 ] || return 1
        usleep 20000
    done
}

# Prints the value of NAME=value on the kernel's command line.
kernel_argument() {
    for argument in $(cat /proc/cmdline); do
        case $argument in "$1"=*) echo "${argument#*=}" ;; esac
    done | tail -n 1
}
