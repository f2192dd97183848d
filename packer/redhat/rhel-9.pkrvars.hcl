# The DVD of your own subscription lies beside lab.yaml as rhel-9-dvd.iso. Its SHA-256 stands where it is downloaded:
# write it here as "sha256:…" and Goldsmith checks it.
distribution  = "rhel-9"
is_isolinux   = true
vendor_mirror = ""
tree          = ""
app_stream    = ""
iso_url       = "rhel-9-dvd.iso"
iso_checksum  = "none"
