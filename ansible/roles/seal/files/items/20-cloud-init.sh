# title: State of cloud-init
# families: debian redhat alpine freebsd
# why: it holds the user data of the build, and keeps cloud-init from running at the first boot of a copy

if runs cloud-init; then
    cloud-init clean --logs --seed && echo "cloud-init clean --logs --seed"
fi
gone "$ROOT"/var/lib/cloud/* "$ROOT"/var/log/cloud-init.log "$ROOT"/var/log/cloud-init-output.log
# Ubuntu's installer leaves its answers, password hash included, and turns cloud-init's data sources off.
gone "$ROOT"/etc/cloud/cloud.cfg.d/99-installer.cfg
gone "$ROOT"/etc/cloud/cloud.cfg.d/subiquity-disable-cloudinit-networking.cfg
