# Answers for the tiny guest's installer: key=value, one a line.
hostname=${hostname}
root_keys_url=http://{{ .HTTPIP }}:{{ .HTTPPort }}/goldsmith/authorized_keys
host_key_url=http://{{ .HTTPIP }}:{{ .HTTPPort }}/goldsmith/ssh_host_ed25519_key
