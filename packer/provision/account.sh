#!/bin/sh
# Makes the person's account when there is a key for it, lets it become root, and tells cloud-init to use the same name.
# ACCOUNT: its name. ACCOUNT_KEYS: lines of its authorized_keys, in base64. Linux, FreeBSD and OpenBSD.
set -eu

if [ -d /etc/cloud/cloud.cfg.d ]; then
	printf 'system_info:\n  default_user:\n    name: %s\n' "$ACCOUNT" > /etc/cloud/cloud.cfg.d/91_account.cfg
fi
[ -n "$ACCOUNT_KEYS" ] || exit 0

decode() {
	if command -v base64 > /dev/null; then base64 -d; else openssl base64 -d -A; fi
}

# The group whose members may become root: Debian's is sudo, everybody else's wheel.
admins=wheel
! grep -q '^sudo:' /etc/group || admins=sudo

if ! id "$ACCOUNT" > /dev/null 2>&1; then
	case $(uname -s) in
	FreeBSD) pw useradd "$ACCOUNT" -m -s /bin/sh -G $admins ;;
	OpenBSD) useradd -m -s /bin/ksh -G $admins "$ACCOUNT" ;;
	*) useradd --create-home --shell /bin/bash --groups $admins "$ACCOUNT" ;;
	esac
fi

home=$(eval "echo ~$ACCOUNT")
group=$(id -gn "$ACCOUNT")
install -d -m 700 -o "$ACCOUNT" -g "$group" "$home/.ssh"
printf '%s' "$ACCOUNT_KEYS" | decode > "$home/.ssh/authorized_keys"
echo >> "$home/.ssh/authorized_keys"
chown "$ACCOUNT:$group" "$home/.ssh/authorized_keys"
chmod 600 "$home/.ssh/authorized_keys"

case $(uname -s) in
OpenBSD)
	echo "permit nopass $ACCOUNT" >> /etc/doas.conf
	chmod 600 /etc/doas.conf
	;;
FreeBSD)
	mkdir -p /usr/local/etc/sudoers.d
	echo "$ACCOUNT ALL=(ALL) NOPASSWD: ALL" > "/usr/local/etc/sudoers.d/90-$ACCOUNT"
	chmod 440 "/usr/local/etc/sudoers.d/90-$ACCOUNT"
	;;
*)
	echo "$ACCOUNT ALL=(ALL) NOPASSWD: ALL" > "/etc/sudoers.d/90-$ACCOUNT"
	chmod 440 "/etc/sudoers.d/90-$ACCOUNT"
	;;
esac
