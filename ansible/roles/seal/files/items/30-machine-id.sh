# title: Machine id
# families: debian redhat alpine tiny
# why: DHCP, journald and D-Bus tell machines apart by it; an empty file is filled at boot (machine-id(5))

emptied "$ROOT"/etc/machine-id
dbus=$ROOT/var/lib/dbus/machine-id
if [ -f "$dbus" ] && [ ! -L "$dbus" ]; then
    gone "$dbus"
    if [ -e "$ROOT/etc/machine-id" ]; then ln -s /etc/machine-id "$dbus"; fi
fi
