# title: SSH host keys come back at first boot
# families: all
# why: without keys sshd does not start, and nobody can log in to a copy of the image

# Debian's own sshd-keygen.service starts at a first boot only, which an empty machine-id is not.
own_unit() {
    [ -x "$ROOT/usr/bin/ssh-keygen" ] || return 1
    units=$ROOT/etc/systemd/system
    mkdir -p "$units"
    cat >"$units/goldsmith-hostkeys.service" <<'UNIT'
[Unit]
Description=Make SSH host keys if this machine has none
ConditionPathExists=!/etc/ssh/ssh_host_ed25519_key
ConditionPathIsReadWrite=/etc/ssh
After=sshd-keygen.service
Before=ssh.service sshd.service

[Service]
Type=oneshot
ExecStart=/usr/bin/ssh-keygen -A

[Install]
WantedBy=multi-user.target ssh.service sshd.service
UNIT
    chmod 644 "$units/goldsmith-hostkeys.service"
    for wants in multi-user.target ssh.service sshd.service; do
        mkdir -p "$units/$wants.wants"
        ln -sf ../goldsmith-hostkeys.service "$units/$wants.wants/goldsmith-hostkeys.service"
    done
    [ -s "$units/multi-user.target.wants/goldsmith-hostkeys.service" ] || return 1
    echo "added goldsmith-hostkeys.service"
}

has_systemd() {
    [ -d "$ROOT/usr/lib/systemd/system" ] || [ -d "$ROOT/lib/systemd/system" ]
}

# Fedora's and Red Hat's units make them whenever they are missing.
redhat_unit() {
    [ -e "$ROOT/usr/lib/systemd/system/sshd-keygen@.service" ] ||
        [ -e "$ROOT/usr/lib/systemd/system/sshd-keygen.service" ]
}

# Start scripts that make missing keys: OpenRC, the BSDs' rc, busybox's init; dropbear makes its own with -R.
start_script() {
    makes='ssh-keygen.* -A|ssh-keygen.*ssh_host_|ssh_host_.*ssh-keygen|sshd_keygen|dropbear.* -[A-Za-z]*R|dropbearkey'
    for file in "$ROOT"/etc/rc "$ROOT"/etc/rc.d/* "$ROOT"/etc/init.d/* "$ROOT"/etc/inittab "$ROOT"/etc/local.d/*.start; do
        [ -f "$file" ] && grep -Eq "$makes" "$file" || continue
        echo "${file#"$ROOT"} makes them"
        return 0
    done
    return 1
}

if [ "$FAMILY" = redhat ] && redhat_unit; then
    echo "sshd-keygen makes them"
elif has_systemd && own_unit; then :; elif start_script; then :; else
    echo "Nothing in this guest would make new SSH host keys." >&2
    exit 1
fi
