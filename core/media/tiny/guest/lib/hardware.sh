# Sourced by the installer, the boot initramfs and the installed system.

mount_kernel_filesystems() {
    mount -t proc proc /proc
    mount -t sysfs sysfs /sys
    mount -t devtmpfs dev /dev 2>/dev/null # the kernel has already done it where there is no initramfs
}

# load_drivers [PATTERN]: loads the drivers that the devices present ask for; PATTERN limits it to some aliases.
# Disks and CDs are named besides: their controllers find them later.
load_drivers() {
    find /sys/devices -name modalias -exec cat {} + | grep "^${1:-.}" | sort -u |
        xargs modprobe -q -a -b sd_mod sr_mod 2>/dev/null
}

# wait_for COMMAND...: tries it every 20 ms for 10 s. Devices come up in their own time.
wait_for() {
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        [ $tries -lt 500 ] || return 1
        usleep 20000
    done
}

# Prints the value of NAME=value on the kernel's command line; nothing when it is not there.
kernel_argument() {
    found=
    for argument in $(cat /proc/cmdline); do
        case $argument in "$1"=*) found=${argument#*=} ;; esac
    done
    echo "$found"
}
