# title: The build's own key
# families: all
# why: whoever had it could log in to every machine made from the image

homes | while read -r home; do
    for file in "$home/.ssh/authorized_keys" "$home/.ssh/authorized_keys2"; do
        [ -f "$file" ] || continue
        without_lines "$file" "$BUILD_KEY"
        [ -s "$file" ] || gone "$file"
    done
done
for file in "$ROOT"/etc/ssh/authorized_keys "$ROOT"/etc/ssh/authorized_keys.d/* "$ROOT"/etc/dropbear/authorized_keys; do
    without_lines "$file" "$BUILD_KEY"
done
