distribution = "ubuntu-26.04"
iso_url      = "https://releases.ubuntu.com/resolute/ubuntu-26.04-live-server-amd64.iso"
iso_checksum = "file:https://releases.ubuntu.com/resolute/SHA256SUMS"
