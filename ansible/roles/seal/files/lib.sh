# What the seal items share. Paths start with $ROOT: empty in a guest, a folder in a test.
# shellcheck shell=sh
set -eu
umask 022

# Removes what exists of the paths given, and says so.
gone() {
    for path; do
        [ -e "$path" ] || [ -L "$path" ] || continue
        rm -rf "$path"
        echo "removed ${path#"$ROOT"}"
    done
}

# Removes what is in the folders given, and says how much: for those that hold hundreds of files.
contents_gone() {
    for dir; do
        [ -d "$dir" ] || continue
        count=$(find "$dir" -type f | wc -l)
        find "$dir" -mindepth 1 -maxdepth 1 -exec rm -rf {} +
        [ "$count" -eq 0 ] || echo "removed $((count)) files in ${dir#"$ROOT"}"
    done
}

# Empties what exists of the files given, and says so. Their owners and modes stay.
emptied() {
    for path; do
        [ -f "$path" ] && [ -s "$path" ] || continue
        : >"$path"
        echo "emptied ${path#"$ROOT"}"
    done
}

# Takes the lines of a file out that hold one of the fixed strings given, and says so.
without_lines() {
    path=$1
    shift
    [ -f "$path" ] || return 0
    for text; do
        [ -n "$text" ] && grep -qF -- "$text" "$path" || continue
        kept=$(grep -vF -- "$text" "$path" || true)
        if [ -n "$kept" ]; then printf '%s\n' "$kept" >"$path"; else : >"$path"; fi
        echo "changed ${path#"$ROOT"}"
    done
}

# The home folders of all users, one a line, with $ROOT.
homes() {
    {
        echo /root
        cut -d: -f6 "$ROOT/etc/passwd"
    } | sort -u | while read -r home; do
        case $home in / | '' | /dev* | /proc* | /nonexistent) continue ;; esac
        [ -d "$ROOT$home" ] && echo "$ROOT$home"
    done || true
}

# Whether a program can be called on the running system; never so in a test's folder.
runs() {
    [ -z "$ROOT" ] && command -v "$1" >/dev/null 2>&1
}
