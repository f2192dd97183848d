# Debian 13 or 12 from its installer to a small server image that any cloud can start: cloud kernel, cloud-init, SSH by
# key, console on the serial port. An ordinary Packer template: `packer build` runs it with the qemu plugin 1.0 or later,
# and so does `goldsmith build debian-13`. Debian 12: -var-file=debian-12.pkrvars.hcl.
#
# Every answer that varies stands on the installer's kernel line (kernel_line below); http/answers.cfg has the rest.

variable "suite" {
  type        = string
  default     = "trixie"
  description = "Debian's release by its name: trixie is 13, bookworm 12. It has to be the release of the ISO."
  validation {
    condition     = contains(["trixie", "bookworm"], var.suite)
    error_message = "The suite is trixie or bookworm."
  }
}

variable "profile" {
  type        = string
  default     = "cloud"
  description = "cloud: with cloud-init; minimal: without, root by the build's key only; desktop: cloud, and GNOME."
  validation {
    condition     = contains(["minimal", "cloud", "desktop"], var.profile)
    error_message = "The profile is minimal, cloud or desktop."
  }
}

variable "hostname" {
  type        = string
  default     = "debian"
  description = "Name of the new system; cloud-init gives each copy its own."
  validation {
    condition     = length(var.hostname) > 0 && regex_replace(var.hostname, "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", "") == ""
    error_message = "The hostname is one label: at most 63 lower-case letters, digits and hyphens."
  }
}

variable "username" {
  type        = string
  default     = "debian"
  description = "The person's account, with sudo and without a password; cloud-init uses the same. Made when there is a key for it."
  validation {
    condition     = length(var.username) > 0 && regex_replace(var.username, "^[a-z_][a-z0-9_-]{0,31}$", "") == ""
    error_message = "The username starts with a lower-case letter or an underscore; then letters, digits, _ and -, at most 32."
  }
}

variable "keys" {
  type        = list(string)
  default     = []
  description = "Public SSH keys of that account, each as it stands in an authorized_keys file."
}

variable "locale" {
  type        = string
  default     = "en_US.UTF-8"
  description = "Language and country of the new system."
  validation {
    condition     = length(var.locale) > 0 && regex_replace(var.locale, "^([a-z]{2,3}_[A-Z]{2}(\\.[A-Za-z0-9-]+)?(@[a-z]+)?|C(\\.UTF-8)?)$", "") == ""
    error_message = "The locale looks like de_DE.UTF-8."
  }
}

variable "keyboard" {
  type        = string
  default     = "us"
  description = "Keyboard layout by its XKB name."
  validation {
    condition     = length(var.keyboard) > 0 && regex_replace(var.keyboard, "^[a-z]{2,6}$", "") == ""
    error_message = "The keyboard is an XKB layout such as us, de, latam."
  }
}

variable "timezone" {
  type        = string
  default     = "Etc/UTC"
  description = "Time zone by its tz name, such as Europe/Berlin."
  validation {
    condition     = length(var.timezone) > 0 && regex_replace(var.timezone, "^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$", "") == ""
    error_message = "The time zone looks like Europe/Berlin."
  }
}

variable "mirror" {
  type        = string
  default     = env("GOLDSMITH_MIRROR_HOST")
  description = "Host of the Debian mirror, with its port if it has one. Goldsmith fills in what the host's own apt uses; empty: Debian's own."
  validation {
    condition     = regex_replace(var.mirror, "^[A-Za-z0-9.-]+(:[0-9]+)?$", "") == ""
    error_message = "The mirror is a host name without http:// and without a path."
  }
}

variable "mirror_directory" {
  type        = string
  default     = env("GOLDSMITH_MIRROR_DIRECTORY")
  description = "Path of the archive on the mirror, such as /debian; empty: /debian."
  validation {
    condition     = regex_replace(var.mirror_directory, "^(/[A-Za-z0-9._~-]+)+$", "") == ""
    error_message = "The directory of the mirror is a path such as /debian."
  }
}

variable "http_proxy" {
  type        = string
  default     = ""
  description = "Proxy the installer and the new system reach the mirror by, such as http://proxy:3128; empty: none."
  validation {
    condition     = regex_replace(var.http_proxy, "^http://[A-Za-z0-9.:@_-]+/?$", "") == ""
    error_message = "The proxy looks like http://proxy:3128."
  }
}

variable "security_host" {
  type        = string
  default     = env("GOLDSMITH_SECURITY_HOST")
  description = "Host with /debian-security. Empty: the new system gets security updates from nowhere until you add a source."
  validation {
    condition     = regex_replace(var.security_host, "^[A-Za-z0-9.-]+(:[0-9]+)?$", "") == ""
    error_message = "The security host is a host name without http:// and without a path."
  }
}

variable "upgrade" {
  type        = string
  default     = "none"
  description = "What is upgraded at the end of the installation: none, safe-upgrade or full-upgrade."
  validation {
    condition     = contains(["none", "safe-upgrade", "full-upgrade"], var.upgrade)
    error_message = "The upgrade is none, safe-upgrade or full-upgrade."
  }
}

variable "packages" {
  type        = list(string)
  default     = []
  description = "Further packages to install, such as qemu-guest-agent."
  validation {
    condition     = regex_replace(join(",", var.packages), "^([a-z0-9][a-z0-9.+-]+(,|$))+$", "") == ""
    error_message = "A package name has lower-case letters, digits and . + - only."
  }
}

variable "layout" {
  type        = string
  default     = "plain"
  description = "plain: one root file system at the end of the disk, which cloud-init grows. lvm: root in a volume group named system. encrypted: lvm in LUKS."
  validation {
    condition     = contains(["plain", "lvm", "encrypted"], var.layout)
    error_message = "The layout is plain, lvm or encrypted."
  }
}

variable "passphrase" {
  type        = string
  default     = ""
  sensitive   = true
  description = "Of the encrypted layout. The image also unlocks itself with a key in its initramfs, until that is taken away."
  validation {
    condition     = regex_replace(var.passphrase, "^[A-Za-z0-9_.-]{12,64}$", "") == ""
    error_message = "The passphrase has 12 to 64 letters, digits and _ . - only: it stands on a kernel line."
  }
}

variable "answers" {
  type        = string
  default     = "preseed"
  description = "preseed, or kickstart: then Debian's own reader of kickstarts (kickseed) takes http/ks.cfg, on top of what no kickstart has a word for."
  validation {
    condition     = contains(["preseed", "kickstart"], var.answers)
    error_message = "The answers are preseed or kickstart."
  }
}

variable "disk_size" {
  type        = string
  default     = "8G"
  description = "Size of the disk; a copy's root file system grows to the disk that it gets."
}

variable "firmware" {
  type        = string
  default     = "bios"
  description = "bios or efi: what the image boots with."
  validation {
    condition     = contains(["bios", "efi"], var.firmware)
    error_message = "The firmware is bios or efi."
  }
}

variable "efi_firmware" {
  type        = string
  default     = "/usr/share/ovmf/OVMF.fd"
  description = "UEFI firmware of this host, used with firmware = efi. The image boots by the path for removable media, so no variables are kept."
}

variable "memory" {
  type        = number
  default     = 1536
  description = "Memory while it is built, in MiB. The installer wants at least 800."
  validation {
    condition     = var.memory >= 800
    error_message = "The installer wants at least 800 MiB."
  }
}

variable "cpus" {
  type        = number
  default     = 2
  description = "Processors while it is built."
  validation {
    condition     = var.cpus >= 1
    error_message = "At least one processor."
  }
}

variable "iso_url" {
  type        = string
  default     = "https://cdimage.debian.org/cdimage/release/13.7.0/amd64/iso-cd/debian-13.7.0-amd64-netinst.iso"
  description = "Debian's network installer, or the ISO that `goldsmith iso debian-13` makes."
}

variable "iso_checksum" {
  type        = string
  default     = "file:https://cdimage.debian.org/cdimage/release/13.7.0/amd64/iso-cd/SHA256SUMS"
  description = "Checksum of the ISO, as Packer writes it."
}

variable "iso_boot_loader" {
  type        = string
  default     = "official"
  description = "What is typed at: official: Debian's ISO (ISOLINUX with BIOS, GRUB with UEFI); grub: the ISO that Goldsmith makes."
  validation {
    condition     = contains(["official", "grub"], var.iso_boot_loader)
    error_message = "The boot loader is official or grub."
  }
}

variable "target" {
  type        = string
  default     = ""
  description = "Where the image will run, for the role of that name in ansible/roles: azure, gcp, aws, openstack, vmware, virtualbox, vagrant; empty: anywhere."
  validation {
    condition     = contains(["", "azure", "gcp", "aws", "openstack", "vmware", "virtualbox", "vagrant"], var.target)
    error_message = "The target is azure, gcp, aws, openstack, vmware, virtualbox or vagrant."
  }
}

locals {
  methods = { plain = "regular", lvm = "lvm", encrypted = "crypto" }

  # Of the installer, as every question of it can be answered on the kernel line.
  answers = compact([
    "auto=true",
    "priority=critical",
    "mirror/suite=${var.suite}",
    "preseed/url=http://{{ .HTTPIP }}:{{ .HTTPPort }}/preseed.cfg",
    "hostname=${var.hostname}",
    "locale=${var.locale}",
    "keyboard-configuration/xkb-keymap=${var.keyboard}",
    "time/zone=${var.timezone}",
    var.mirror == "" ? "" : "mirror/http/hostname=${var.mirror}",
    var.mirror_directory == "" ? "" : "mirror/http/directory=${var.mirror_directory}",
    # The installer takes its proxy for its answers too, unless the environment, which is the kernel line's, names their host.
    var.http_proxy == "" ? "" : "mirror/http/proxy=${var.http_proxy} no_proxy={{ .HTTPIP }}",
    var.security_host == "" ? "apt-setup/services-select=updates" : "apt-setup/services-select=security,updates apt-setup/security_host=${var.security_host}",
    "pkgsel/upgrade=${var.upgrade}",
    length(var.packages) == 0 ? "" : "pkgsel/include=${join(",", var.packages)}",
    "partman-auto/method=${local.methods[var.layout]}",
    var.layout == "encrypted" ? "partman-crypto/passphrase=${var.passphrase} partman-crypto/passphrase-again=${var.passphrase}" : "",
    var.profile == "cloud" ? "" : "profile=${var.profile}",
    var.answers == "kickstart" ? "ks=http://{{ .HTTPIP }}:{{ .HTTPPort }}/ks.cfg" : "",
    "build_key={{ .SSHPublicKey | urlquery }}",
  ])
  # Of the installer's kernel only. Nothing hostile runs in an installer, so it need not guard against it, nor clear all
  # memory that it hands out. Without the framebuffer driver the screen stays text, which Goldsmith reads, and the
  # initramfs is made once instead of twice. Without IPv6 nothing waits for a router that QEMU's network does not have.
  # On a busy host the kernel would take an emulated timer for a broken one, and panic.
  kernel_options = "mitigations=off init_on_alloc=0 no_timer_check ipv6.disable=1 modprobe.blacklist=bochs DEBIAN_FRONTEND=text console=ttyS0,115200n8 console=tty0"
  kernel_line    = join(" ", concat(local.answers, [local.kernel_options, "---"]))

  # Typed: the command line of GRUB, or the prompt of ISOLINUX. {{ and }} stay for the build.
  type_at_grub     = ["c<wait>", "linux /install.amd/vmlinuz ${local.kernel_line}<enter><wait>", "initrd /install.amd/initrd.gz<enter><wait5>", "boot<enter>"]
  type_at_isolinux = ["<esc><wait>", "/install.amd/vmlinuz initrd=/install.amd/initrd.gz ${local.kernel_line}<enter>"]
  is_isolinux      = var.iso_boot_loader == "official" && var.firmware == "bios"
}

source "qemu" "debian" {
  iso_url      = var.iso_url
  iso_checksum = var.iso_checksum

  cpus               = var.cpus
  memory             = var.memory
  disk_size          = var.disk_size
  format             = "qcow2"
  disk_interface     = "virtio"
  net_device         = "virtio-net"
  qemuargs           = var.firmware == "efi" ? [["-bios", var.efi_firmware]] : []
  disk_cache         = "unsafe"
  disk_discard       = "unmap"
  disk_detect_zeroes = "unmap"
  headless           = true

  http_directory    = "${path.root}/http"
  boot_wait         = "5s"
  boot_key_interval = "30ms"
  boot_command      = local.is_isolinux ? local.type_at_isolinux : local.type_at_grub

  communicator     = "ssh"
  ssh_username     = "root"
  ssh_timeout      = "40m"
  shutdown_command = "systemctl poweroff"
}

build {
  sources = ["source.qemu.debian"]

  provisioner "shell" {
    script = "${path.root}/../provision/account.sh"
    environment_vars = [
      "ACCOUNT=${var.username}",
      "ACCOUNT_KEYS=${base64encode(join("\n", var.keys))}",
    ]
  }

  dynamic "provisioner" {
    for_each = var.target == "" ? [] : [var.target]
    labels   = ["ansible"]
    content {
      playbook_file   = "${path.root}/../../ansible/target.yml"
      extra_arguments = ["-e", "target=${provisioner.value}"]
    }
  }
}
