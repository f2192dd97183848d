distribution  = "rocky-9"
is_isolinux   = true
vendor_mirror = "https://download.rockylinux.org/pub/rocky"
tree          = "9/BaseOS/x86_64/os/"
app_stream    = "9/AppStream/x86_64/os/"
iso_url       = "https://download.rockylinux.org/pub/rocky/9/isos/x86_64/Rocky-9.8-x86_64-boot.iso"
iso_checksum  = "file:https://download.rockylinux.org/pub/rocky/9/isos/x86_64/CHECKSUM"
