# title: DHCP leases
# families: all
# why: a copy would ask for the build's address

gone "$ROOT"/var/lib/dhcp/*.lease* "$ROOT"/var/lib/dhclient/*.lease* "$ROOT"/var/lib/dhcpcd/*.lease*
gone "$ROOT"/var/lib/systemd/network/* "$ROOT"/var/db/dhclient.leases.* "$ROOT"/var/db/dhcpleased/*
gone "$ROOT"/var/db/dhcpcd/*.lease*
