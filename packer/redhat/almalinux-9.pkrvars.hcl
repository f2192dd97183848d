distribution  = "almalinux-9"
is_isolinux   = true
vendor_mirror = "https://repo.almalinux.org/almalinux"
tree          = "9/BaseOS/x86_64/os/"
app_stream    = "9/AppStream/x86_64/os/"
iso_url       = "https://repo.almalinux.org/almalinux/9/isos/x86_64/AlmaLinux-9.8-x86_64-boot.iso"
iso_checksum  = "file:https://repo.almalinux.org/almalinux/9/isos/x86_64/CHECKSUM"
