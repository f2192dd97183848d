# Debian 12: packer build -var-file=debian-12.pkrvars.hcl .
suite        = "bookworm"
hostname     = "debian"
iso_url      = "https://cdimage.debian.org/cdimage/archive/latest-oldstable/amd64/iso-cd/debian-12.14.0-amd64-netinst.iso"
iso_checksum = "file:https://cdimage.debian.org/cdimage/archive/latest-oldstable/amd64/iso-cd/SHA256SUMS"
