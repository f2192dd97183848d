# title: Names and addresses of the build's hardware
# families: debian redhat alpine
# why: a copy has another network card and other disks

gone "$ROOT"/etc/udev/rules.d/70-persistent-net.rules "$ROOT"/etc/udev/rules.d/70-persistent-cd.rules
gone "$ROOT"/etc/udev/rules.d/75-persistent-net-generator.rules
# Red Hat 9 lets LVM use only the disks listed here, by their identities.
gone "$ROOT"/etc/lvm/devices/system.devices "$ROOT"/etc/lvm/devices/backup
for file in "$ROOT"/etc/sysconfig/network-scripts/ifcfg-*; do
    [ -f "$file" ] && grep -Eq '^(HWADDR|UUID)=' "$file" || continue
    sed '/^HWADDR=/d; /^UUID=/d' "$file" >"$file.sealed"
    cat "$file.sealed" >"$file"
    rm "$file.sealed"
    echo "changed ${file#"$ROOT"}"
done
