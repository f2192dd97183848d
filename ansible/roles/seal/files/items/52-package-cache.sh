# title: Package caches
# families: debian redhat alpine freebsd
# why: they only make the image bigger, and package lists are old at the first boot

contents_gone "$ROOT"/var/cache/apt/archives "$ROOT"/var/lib/apt/lists
gone "$ROOT"/var/cache/apt/pkgcache.bin "$ROOT"/var/cache/apt/srcpkgcache.bin
contents_gone "$ROOT"/var/cache/dnf "$ROOT"/var/cache/libdnf5 "$ROOT"/var/cache/yum
contents_gone "$ROOT"/var/cache/apk "$ROOT"/var/cache/pkg
