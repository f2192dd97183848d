distribution  = "rocky-10"
is_isolinux   = false
vendor_mirror = "https://download.rockylinux.org/pub/rocky"
tree          = "10/BaseOS/x86_64/os/"
app_stream    = "10/AppStream/x86_64/os/"
iso_url       = "https://download.rockylinux.org/pub/rocky/10/isos/x86_64/Rocky-10.2-x86_64-boot.iso"
iso_checksum  = "file:https://download.rockylinux.org/pub/rocky/10/isos/x86_64/CHECKSUM"
