# title: Stamp /etc/goldsmith-release
# families: all
# why: a machine says which image it was made from

printf '%s\n' "$STAMP" >"$ROOT/etc/goldsmith-release"
chmod 644 "$ROOT/etc/goldsmith-release"
echo "wrote /etc/goldsmith-release"
