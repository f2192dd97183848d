# title: Logs
# families: all
# why: they tell of the build, not of the machine that will be

# A logger that still runs would write on.
if runs systemctl && [ -d /run/systemd/system ]; then
    systemctl stop syslog.socket rsyslog.service syslog-ng.service >/dev/null 2>&1 || true
    journalctl --flush --rotate >/dev/null 2>&1 || true
elif [ -z "$ROOT" ]; then
    case $FAMILY in
    openbsd) rcctl stop syslogd >/dev/null 2>&1 || true ;;
    freebsd) service syslogd stop >/dev/null 2>&1 || true ;;
    alpine) rc-service syslog stop >/dev/null 2>&1 || true ;;
    esac
fi
gone "$ROOT"/var/log/journal/*
if [ -d "$ROOT/var/log" ]; then
    find "$ROOT/var/log" -type f \( -name '*.gz' -o -name '*.xz' -o -name '*.bz2' -o -name '*.zst' -o -name '*.[0-9]' \
        -o -name '*.old' -o -name '*-[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]' \) | while read -r file; do gone "$file"; done
    find "$ROOT/var/log" -type f | while read -r file; do emptied "$file"; done
fi
emptied "$ROOT"/var/lib/wtmpdb/wtmp.db "$ROOT"/var/lib/lastlog/lastlog2.db
