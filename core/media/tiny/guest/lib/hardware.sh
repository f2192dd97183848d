# Sourced by the installer, the boot initramfs and the installed system.

mount_kernel_filesystems() {
    mount -t proc proc /proc
    mount -t sysfs sysfs /sys
    mount -t devtmpfs dev /dev 2>/dev/null # the kernel has already done it where there is no initramfs
}

# load_drivers BUS [MODULE...]: loads the drivers that the devices present on a bus ask for (BUS may be a pattern),
# and modules by name. By globbing: `find /sys/devices` takes five times as long.
load_drivers() {
    bus=$1
    shift
    cat /sys/bus/$bus/devices/*/modalias | sort -u | xargs modprobe -q -a -b "$@" 2>/dev/null
}

# wait_for COMMAND...: tries it five times a second for 10 s. Devices come up in their own time, and under emulation each
# sleep takes processor time from them.
wait_for() {
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        [ $tries -lt 50 ] || return 1
        usleep 200000
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
