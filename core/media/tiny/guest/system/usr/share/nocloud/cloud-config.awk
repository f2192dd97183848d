# Turns the part of #cloud-config that the tiny guest understands into lines `WHAT tab VALUE...`.
# Block style as people and YAML libraries write it, one value a line; quotes are taken off.

function unquote(text) {
    sub(/^[ ]+/, "", text)
    sub(/[ \r]+$/, "", text)
    if (text ~ /^".*"$/) {
        text = substr(text, 2, length(text) - 2)
        gsub(/\\"/, "\"", text)
        gsub(/\\\\/, "\\", text)
    } else if (text ~ /^'.*'$/) {
        text = substr(text, 2, length(text) - 2)
        gsub(/''/, "'", text)
    }
    return text
}

function name_user(name) {
    user = name ~ /^[a-z_][a-z0-9_-]*$/ && name != "default" ? name : ""
    if (user != "") print "user\t" user
}

# Keys of a user may stand before or after its name.
function give_keys() {
    if (user == "") return
    for (i = 1; i <= waiting; i++) print "key\t" user "\t" keys[i]
    waiting = 0
}

function list_item(value) {
    if (top == "ssh_authorized_keys") print "key\troot\t" unquote(value)
    else if (top == "runcmd" && value !~ /^\[/) print "run\t" unquote(value)
    else if (top == "runcmd") print "unknown\truncmd as a list: " value
    else if (top == "users" && field == "ssh_authorized_keys" && indent > item_indent) {
        keys[++waiting] = unquote(value)
        give_keys()
    }
}

/^[ \t]*(#|$)/ { next }

/^[A-Za-z_-]+:/ {
    top = $0
    sub(/:.*/, "", top)
    value = unquote(substr($0, length(top) + 2))
    if (top == "hostname") print "hostname\t" value
    next
}

{
    match($0, /^ */)
    indent = RLENGTH
    text = substr($0, indent + 1)
    is_item = text ~ /^- /
    if (is_item) sub(/^- +/, "", text)
    starts_user = top == "users" && is_item && (item_indent == "" || indent <= item_indent)
    if (starts_user) {
        item_indent = indent
        field = ""
        user = ""
        waiting = 0
    }
    if (top == "users" && text ~ /^[a-z_]+:/ && (starts_user || !is_item)) {
        field = text
        sub(/:.*/, "", field)
        if (field == "name") {
            name_user(unquote(substr(text, 6)))
            give_keys()
        }
        next
    }
    if (is_item && !starts_user) list_item(text)
}
