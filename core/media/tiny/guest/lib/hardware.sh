# Sourced by the installer, the boot initramfs and the installed system.

mount_kernel_filesystems() {
    mount -t proc proc /proc
    mount -t sysfs sysfs /sys
    mount -t devtmpfs dev /dev 2>/dev/null # the kernel has already done it where there is no initramfs
}

# Loads the drivers that the devices present ask for. Twice: a controller's driver brings new devices to light.
load_drivers() {
    for _ in first second; do
        find /sys/devices -name modalias -exec cat {} + | sort -u | xargs modprobe -q -a -b 2>/dev/null
    done
}

# Prints the value of NAME=value on the kernel's command line.
kernel_argument() {
    for argument in $(cat /proc/cmdline); do
        case $argument in "$1"=*) echo "${argument#*=}" ;; esac
    done | tail -n 1
}
