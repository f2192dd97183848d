# title: No key of the build is left in a file
# families: all
# why: the search of the finished disk tells only where on the disk one is; this one tells in which file

# KEY_BODIES: words of base64, or nothing.
patterns=
for text in $KEY_BODIES; do patterns="$patterns -e $text"; done
[ -n "$patterns" ] || exit 0
found=$(
    for dir in etc root home var srv opt; do
        [ -d "$ROOT/$dir" ] || continue
        # shellcheck disable=SC2086
        find "$ROOT/$dir" -type f -exec grep -slF $patterns {} + || true
    done
)
if [ -n "$found" ]; then
    echo "A key of the build still stands in:" >&2
    printf '%s\n' "$found" >&2
    exit 1
fi
