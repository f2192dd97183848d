# title: SSH host keys
# families: all
# why: machines with the same key can pose as each other

gone "$ROOT"/etc/ssh/ssh_host_*key "$ROOT"/etc/ssh/ssh_host_*key.pub "$ROOT"/etc/ssh/ssh_host_*-cert.pub
gone "$ROOT"/etc/dropbear/dropbear_*_host_key
