# title: Temporary files, crash reports and mail
# families: all
# why: nobody knows what is in them

for dir in "$ROOT"/tmp "$ROOT"/var/tmp; do
    [ -d "$dir" ] || continue
    # Folders of running services go with them; a socket of X or of a session may be in use until the end.
    find "$dir" -mindepth 1 -maxdepth 1 ! -name 'systemd-private-*' ! -name 'snap-private-tmp' ! -name '.*-unix' |
        while read -r path; do gone "$path"; done
done
gone "$ROOT"/var/crash/* "$ROOT"/var/lib/systemd/coredump/*
emptied "$ROOT"/var/mail/* "$ROOT"/var/spool/mail/*
