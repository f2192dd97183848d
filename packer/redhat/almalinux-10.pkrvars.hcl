distribution  = "almalinux-10"
is_isolinux   = false
vendor_mirror = "https://repo.almalinux.org/almalinux"
tree          = "10/BaseOS/x86_64/os/"
app_stream    = "10/AppStream/x86_64/os/"
iso_url       = "https://repo.almalinux.org/almalinux/10/isos/x86_64/AlmaLinux-10.2-x86_64-boot.iso"
iso_checksum  = "file:https://repo.almalinux.org/almalinux/10/isos/x86_64/CHECKSUM"
