# title: State of cloud-init
# families: debian redhat alpine freebsd
# why: it holds the user data of the build, and keeps cloud-init from running at the first boot of a copy

# One that found no cloud has left nothing, and need not be started for that: its Python takes long under emulation.
has_run() { [ -n "$(find "$ROOT"/var/lib/cloud "$ROOT"/var/log/cloud-init*.log ! -type d 2>/dev/null | head -n 1)" ]; }
if runs cloud-init && has_run; then
    cloud-init clean --logs --seed && echo "cloud-init clean --logs --seed"
fi
gone "$ROOT"/var/lib/cloud/* "$ROOT"/var/log/cloud-init.log "$ROOT"/var/log/cloud-init-output.log
# Ubuntu's installer leaves its answers, password hash included, and turns cloud-init's data sources off.
gone "$ROOT"/etc/cloud/cloud.cfg.d/99-installer.cfg
gone "$ROOT"/etc/cloud/cloud.cfg.d/subiquity-disable-cloudinit-networking.cfg
