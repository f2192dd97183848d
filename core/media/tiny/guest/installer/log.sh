# What happens, on the serial console, the screen and, where log_host and log_port are given, over UDP syslog.

start_log() {
    log_host=$(kernel_argument log_host)
    log_port=$(kernel_argument log_port)
    [ -n "$log_host" ] || return 0
    syslogd -R "$log_host:${log_port:-514}" -L -O /tmp/syslog
    while [ ! -S /dev/log ]; do usleep 5000; done
    is_logging=yes
}

say() {
    echo "tiny-installer: $1"
    echo "tiny-installer: $1" >/dev/tty1
    [ -z "$is_logging" ] || logger -t tiny-installer -p "user.${2:-info}" "$1"
}

# stage NAME PERCENT: the stage NAME is over, PERCENT of the whole installation is done.
stage() {
    say "stage: $1 $2%"
}

# Ends the installation with its reason in one line and a shell on the console.
stop() {
    say "installer-stopped: $1" err
    usleep 100000 # syslogd sends what it has
    exec sh
}
