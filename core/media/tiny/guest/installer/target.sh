# What is put into the new system under /target.

copy_system() {
    tar -xf /medium/tiny/system.tar -C /target 2>/tmp/tar.log || stop "the system could not be copied: $(tail -n 1 /tmp/tar.log)"
    cp /medium/tiny/vmlinuz /medium/tiny/boot.cpio /target/boot/ || stop "the kernel could not be copied"
}

configure() {
    echo "$hostname" >/target/etc/hostname
    echo "UUID=$root_uuid / ext4 noatime,discard 0 1" >/target/etc/fstab
    : >/target/etc/machine-id
    sed -i "s|@ROOT@|UUID=$root_uuid|; s|@ARGUMENTS@|$kernel_arguments|" /target/boot/grub/grub.cfg
    [ "$console_login" != yes ] || touch /target/etc/console-login
    install_keys
    install_files
}

install_keys() {
    mkdir -p -m 700 /target/root/.ssh
    [ ! -f /tmp/authorized_keys ] || install -m 600 /tmp/authorized_keys /target/root/.ssh/authorized_keys
    [ -n "$host_key_url" ] || return 0
    fetch "$host_key_url" /target/etc/ssh/ssh_host_ed25519_key
    fetch "$host_key_url.pub" /target/etc/ssh/ssh_host_ed25519_key.pub
    chmod 600 /target/etc/ssh/ssh_host_ed25519_key
}

# file=URL PATH [MODE] and archive=URL (a tar of the root).
install_files() {
    [ ! -f /tmp/files ] || while read -r url path mode; do
        mkdir -p "/target$(dirname "$path")"
        fetch "$(absolute "$url")" "/target$path"
        chmod "${mode:-644}" "/target$path"
    done </tmp/files
    [ ! -f /tmp/archives ] || while read -r url; do
        fetch "$(absolute "$url")" /tmp/archive.tar
        tar -xf /tmp/archive.tar -C /target || stop "$url is no archive that tar can read"
    done </tmp/archives
}

run_late_commands() {
    [ -f /tmp/late_commands ] || return 0
    for place in proc sys dev; do mount --bind /$place /target/$place; done
    while IFS= read -r command; do
        chroot /target /bin/sh -c "$command" </dev/null || stop "late_command failed with status $?: $command"
    done </tmp/late_commands
    for place in proc sys dev; do umount /target/$place; done
}
