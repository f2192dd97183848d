#!/bin/sh
# Makes the person's account when there is a key for it, and tells cloud-init to use the same name.
# ACCOUNT: its name. ACCOUNT_KEYS: lines of its authorized_keys, in base64.
set -eu

cat > /etc/cloud/cloud.cfg.d/91_account.cfg <<CLOUD
system_info:
  default_user:
    name: $ACCOUNT
CLOUD

[ -n "$ACCOUNT_KEYS" ] || exit 0

id "$ACCOUNT" > /dev/null 2>&1 || useradd --create-home --shell /bin/bash --groups sudo "$ACCOUNT"
home=$(getent passwd "$ACCOUNT" | cut -d: -f6)
install -d -m 700 -o "$ACCOUNT" -g "$ACCOUNT" "$home/.ssh"
echo "$ACCOUNT_KEYS" | base64 -d > "$home/.ssh/authorized_keys"
echo >> "$home/.ssh/authorized_keys"
chown "$ACCOUNT:$ACCOUNT" "$home/.ssh/authorized_keys"
chmod 600 "$home/.ssh/authorized_keys"

echo "$ACCOUNT ALL=(ALL) NOPASSWD: ALL" > "/etc/sudoers.d/90-$ACCOUNT"
chmod 440 "/etc/sudoers.d/90-$ACCOUNT"
