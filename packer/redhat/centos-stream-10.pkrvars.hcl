distribution  = "centos-stream-10"
is_isolinux   = false
vendor_mirror = "https://mirror.stream.centos.org"
tree          = "10-stream/BaseOS/x86_64/os/"
app_stream    = "10-stream/AppStream/x86_64/os/"
iso_url       = "https://mirror.stream.centos.org/10-stream/BaseOS/x86_64/iso/CentOS-Stream-10-latest-x86_64-boot.iso"
iso_checksum  = "file:https://mirror.stream.centos.org/10-stream/BaseOS/x86_64/iso/CentOS-Stream-10-latest-x86_64-boot.iso.SHA256SUM"
