# title: Other identities of the machine
# families: all
# why: they are made once and must differ between machines; all come back by themselves

gone "$ROOT"/var/lib/systemd/credential.secret "$ROOT"/var/lib/dhcpcd/duid "$ROOT"/var/db/dhcpcd/duid
case $FAMILY in
openbsd) gone "$ROOT"/etc/soii.key "$ROOT"/etc/isakmpd/private/local.key "$ROOT"/etc/isakmpd/local.pub \
    "$ROOT"/etc/iked/private/local.key "$ROOT"/etc/iked/local.pub ;;
freebsd) gone "$ROOT"/etc/hostid "$ROOT"/etc/machine-id ;;
esac
