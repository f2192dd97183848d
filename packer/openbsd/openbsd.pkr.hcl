# OpenBSD 7.9 by its own autoinstall. An ordinary Packer template: `packer build` runs it with the qemu plugin 1.0 or
# later, and so does Goldsmith. The installer's kernel takes no arguments: what varies is given to http/start.sh, which
# is started from the installer's shell and writes install.conf with it.

variable "release" {
  type        = string
  default     = "7.9"
  description = "OpenBSD's release; its ISO has to be of the same."
  validation {
    condition     = length(var.release) > 0 && regex_replace(var.release, "^[0-9]+\\.[0-9]$", "") == ""
    error_message = "The release looks like 7.9."
  }
}

variable "iso_url" {
  type        = string
  default     = "https://cdn.openbsd.org/pub/OpenBSD/7.9/amd64/install79.iso"
  description = "OpenBSD's installer with its sets."
}

variable "iso_checksum" {
  type        = string
  default     = "file:https://cdn.openbsd.org/pub/OpenBSD/7.9/amd64/SHA256"
  description = "Checksum of the ISO, as Packer writes it."
}

variable "profile" {
  type        = string
  default     = "minimal"
  description = "minimal: no games and no X; desktop: everything, with xenodm."
  validation {
    condition     = contains(["minimal", "desktop"], var.profile)
    error_message = "The profile is minimal or desktop."
  }
}

variable "layout" {
  type        = string
  default     = "plain"
  description = "plain: one root file system; auto: OpenBSD's own division. An encrypted root asks at every boot, so no image can have one."
  validation {
    condition     = contains(["plain", "auto"], var.layout)
    error_message = "The layout is plain or auto."
  }
}

locals {
  settings = join(" ", [
    "HOSTNAME=${var.hostname}",
    "KEYBOARD=${var.keyboard}",
    "TIMEZONE=${var.timezone}",
    "PROFILE=${var.profile}",
    "LAYOUT=${var.layout}",
    "MIRROR='${var.mirror}'",
    "KEY='{{ .SSHPublicKey | urlquery }}'",
    "ANSWERS=http://{{ .HTTPIP }}:{{ .HTTPPort }}",
  ])
}

source "qemu" "openbsd" {
  iso_url      = var.iso_url
  iso_checksum = var.iso_checksum
  vm_name      = "openbsd-${var.release}"

  machine_type       = "q35"
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
  boot_wait         = "60s"
  boot_key_interval = "60ms"
  boot_command = [
    # (I)nstall, (U)pgrade, (A)utoinstall or (S)hell?
    "S<enter><wait2>",
    "ifconfig vio0 inet autoconf<enter><wait10>",
    "export ${local.settings}<enter><wait>",
    "ftp -o /start.sh $ANSWERS/start.sh && sh /start.sh && reboot<enter>",
  ]

  communicator     = "ssh"
  ssh_username     = "root"
  ssh_timeout      = "60m"
  shutdown_command = "shutdown -p now"
}

build {
  sources = ["source.qemu.openbsd"]

  # `locale` and `packages` are applied to the running system: the installer asks for neither.
  provisioner "shell" {
    environment_vars = ["LOCALE=${var.locale}", "PACKAGES=${join(" ", var.packages)}"]
    inline = [
      "echo \"export LC_CTYPE=$LOCALE\" > /etc/profile",
      "[ -z \"$PACKAGES\" ] || pkg_add -I $PACKAGES",
    ]
  }

  provisioner "shell" {
    script = "${path.root}/../provision/account.sh"
    environment_vars = [
      "ACCOUNT=${var.username}",
      "ACCOUNT_KEYS=${base64encode(join("\n", var.keys))}",
    ]
  }
}
