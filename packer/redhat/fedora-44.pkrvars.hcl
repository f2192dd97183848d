distribution  = "fedora-44"
is_isolinux   = false
vendor_mirror = "https://download.fedoraproject.org/pub/fedora/linux"
tree          = "releases/44/Everything/x86_64/os/"
app_stream    = ""
iso_url       = "https://download.fedoraproject.org/pub/fedora/linux/releases/44/Server/x86_64/iso/Fedora-Server-netinst-x86_64-44-1.7.iso"
iso_checksum  = "file:https://download.fedoraproject.org/pub/fedora/linux/releases/44/Server/x86_64/iso/Fedora-Server-44-1.7-x86_64-CHECKSUM"
