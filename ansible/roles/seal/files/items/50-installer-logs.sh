# title: Logs and answers of the installer
# families: all
# why: they hold password hashes, keys and everything else the answers held

gone "$ROOT"/var/log/installer "$ROOT"/var/log/anaconda "$ROOT"/var/log/curtin "$ROOT"/var/lib/preseed
gone "$ROOT"/root/anaconda-ks.cfg "$ROOT"/root/original-ks.cfg "$ROOT"/root/initial-setup-ks.cfg
gone "$ROOT"/root/ks-*.log "$ROOT"/root/install.log "$ROOT"/root/install.log.syslog "$ROOT"/root/curtin-install*
gone "$ROOT"/var/log/bsdinstall_log "$ROOT"/var/cache/debconf/passwords.dat "$ROOT"/var/cache/debconf/*-old
