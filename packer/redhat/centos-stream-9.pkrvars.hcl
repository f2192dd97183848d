distribution  = "centos-stream-9"
is_isolinux   = true
vendor_mirror = "https://mirror.stream.centos.org"
tree          = "9-stream/BaseOS/x86_64/os/"
app_stream    = "9-stream/AppStream/x86_64/os/"
iso_url       = "https://mirror.stream.centos.org/9-stream/BaseOS/x86_64/iso/CentOS-Stream-9-latest-x86_64-boot.iso"
iso_checksum  = "file:https://mirror.stream.centos.org/9-stream/BaseOS/x86_64/iso/CentOS-Stream-9-latest-x86_64-boot.iso.SHA256SUM"
