# The answers: lines of key=value, fetched from the URL that answers=URL on the kernel's command line names.
# A key that stands for a list may be repeated. Unknown keys are refused, so that a slip is seen.

fetch() { # URL FILE
    wget -q -T 20 -O "$2" "$1" 2>/tmp/wget.log && return
    stop "$1 could not be fetched: $(sed 's/^wget: //' /tmp/wget.log | tail -n 1)"
}

# A URL in the answers may be relative to them.
absolute() {
    case $1 in
    *://*) echo "$1" ;;
    *) echo "${answers_url%/*}/$1" ;;
    esac
}

fetch_answers() {
    answers_url=$(kernel_argument answers)
    [ -n "$answers_url" ] || stop "no answers=URL on the kernel's command line"
    fetch "$answers_url" /tmp/answers.cfg
    finish=reboot
    hostname=tiny
    number=0
    carriage_return=$(printf '\r')
    while IFS= read -r line || [ -n "$line" ]; do
        number=$((number + 1))
        read_answer "${line%"$carriage_return"}"
    done </tmp/answers.cfg
    overrule
}

# The kernel's command line has the last word.
overrule() {
    for key in hostname disk finish; do
        value=$(kernel_argument $key)
        [ -z "$value" ] || read_answer "$key=$value"
    done
    case $hostname in
    '' | -* | *[!A-Za-z0-9-]*) stop "'$hostname' is no host name: letters, digits and dashes" ;;
    esac
}

read_answer() {
    value=${1#*=}
    case $1 in
    '' | '#'*) ;;
    hostname=*) hostname=$value ;;
    disk=*) disk=$value ;;
    root_key=*) echo "$value" >>/tmp/authorized_keys ;;
    root_keys_url=*) fetch "$(absolute "$value")" /tmp/fetched_keys && cat /tmp/fetched_keys >>/tmp/authorized_keys ;;
    host_key_url=*) host_key_url=$(absolute "$value") ;;
    file=*) echo "$value" >>/tmp/files ;;
    archive=*) echo "$value" >>/tmp/archives ;;
    late_command=*) echo "$value" >>/tmp/late_commands ;;
    kernel_arguments=*) kernel_arguments=$value ;;
    console_login=yes | console_login=no) console_login=$value ;;
    finish=reboot | finish=poweroff) finish=$value ;;
    *=*) stop "answers line $number: '${1%%=*}' is unknown, or cannot be '$value'" ;;
    *) stop "answers line $number is no key=value: $1" ;;
    esac
}
