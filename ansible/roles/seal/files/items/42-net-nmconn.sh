# title: Leftovers of NetworkManager
# families: debian redhat alpine
# why: leases, a secret and the build's network card

gone "$ROOT"/var/lib/NetworkManager/*.lease "$ROOT"/var/lib/NetworkManager/secret_key
gone "$ROOT"/var/lib/NetworkManager/seen-bssids "$ROOT"/var/lib/NetworkManager/timestamps
for file in "$ROOT"/etc/NetworkManager/system-connections/*.nmconnection; do
    [ -f "$file" ] && grep -Eq '^(uuid|mac-address|timestamp)=' "$file" || continue
    kept=$(grep -Ev '^(uuid|mac-address|timestamp)=' "$file")
    printf '%s\n' "$kept" >"$file"
    echo "changed ${file#"$ROOT"}"
done
