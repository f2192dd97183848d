# title: Traces of the build's network
# families: all
# why: QEMU's user network has its name server and host at 10.0.2.x, which no other network has

if [ ! -L "$ROOT/etc/resolv.conf" ]; then without_lines "$ROOT/etc/resolv.conf" 'nameserver 10.0.2.3'; fi
without_lines "$ROOT/etc/hosts" 10.0.2.2 10.0.2.15
gone "$ROOT"/etc/apt/apt.conf.d/00-goldsmith-proxy
