# title: Package caches
# families: debian redhat alpine freebsd
# why: they only make the image bigger

gone "$ROOT"/var/cache/apt/archives/*.deb "$ROOT"/var/cache/apt/archives/partial/* "$ROOT"/var/cache/apt/*.bin
gone "$ROOT"/var/lib/apt/lists/*
gone "$ROOT"/var/cache/dnf/* "$ROOT"/var/cache/libdnf5/* "$ROOT"/var/cache/yum/* "$ROOT"/var/cache/apk/*
gone "$ROOT"/var/cache/pkg/*
