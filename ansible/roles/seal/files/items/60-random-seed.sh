# title: Random seed
# families: all
# why: copies that start from the same seed may make the same keys

# systemd writes a new one at the shutdown of this very machine, unless it is told not to, until then.
if runs systemctl && [ -d /run/systemd/system ]; then
    mkdir -p /run/systemd/system/systemd-random-seed.service.d
    printf '[Service]\nExecStop=\n' >/run/systemd/system/systemd-random-seed.service.d/seal.conf
    systemctl daemon-reload
fi
gone "$ROOT"/var/lib/systemd/random-seed "$ROOT"/var/lib/random-seed "$ROOT"/var/lib/urandom/random-seed
gone "$ROOT"/var/lib/misc/random-seed "$ROOT"/var/lib/seedrng/seed.* "$ROOT"/boot/efi/loader/random-seed
gone "$ROOT"/boot/loader/random-seed "$ROOT"/efi/loader/random-seed
gone "$ROOT"/etc/random.seed "$ROOT"/var/db/host.random
gone "$ROOT"/entropy "$ROOT"/boot/entropy "$ROOT"/var/db/entropy/*
