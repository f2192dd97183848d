# Ubuntu Server by autoinstall. Without a variable file it is 26.04; -var-file=ubuntu-24.04.pkrvars.hcl for the LTS before.
# An ordinary Packer template: `packer build` runs it with the qemu plugin 1.0 or later, and so does Goldsmith.
#
# What varies stands on the installer's kernel line as gs.NAME=VALUE; the early command of http/user-data writes it into
# the answers, which the installer reads again afterwards.

variable "iso_url" {
  type        = string
  default     = "https://releases.ubuntu.com/resolute/ubuntu-26.04-live-server-amd64.iso"
  description = "Ubuntu's server installer."
}

variable "iso_checksum" {
  type        = string
  default     = "file:https://releases.ubuntu.com/resolute/SHA256SUMS"
  description = "Checksum of the ISO, as Packer writes it."
}

variable "distribution" {
  type        = string
  default     = "ubuntu-26.04"
  description = "What is installed: the name of the variable file."
}

variable "profile" {
  type        = string
  default     = "cloud"
  description = "minimal: Ubuntu's minimized server; cloud: the server; desktop: the server with a small desktop."
  validation {
    condition     = contains(["minimal", "cloud", "desktop"], var.profile)
    error_message = "The profile is minimal, cloud or desktop."
  }
}

variable "layout" {
  type        = string
  default     = "plain"
  description = "plain: one root file system. lvm: root in a volume group. encrypted: lvm in LUKS."
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
  arguments = join(" ", compact([
    "autoinstall",
    # GRUB ends a command at a semicolon that is not escaped.
    "ds=nocloud\\;s=http://{{ .HTTPIP }}:{{ .HTTPPort }}/",
    "gs.hostname=${var.hostname}",
    "gs.locale=${var.locale}",
    "gs.keyboard=${var.keyboard}",
    "gs.timezone=${var.timezone}",
    var.mirror == "" ? "" : "gs.mirror=${var.mirror}",
    var.http_proxy == "" ? "" : "gs.proxy=${var.http_proxy}",
    "gs.profile=${var.profile}",
    "gs.layout=${var.layout}",
    var.layout == "encrypted" ? "gs.passphrase=${var.passphrase}" : "",
    length(var.packages) == 0 ? "" : "gs.packages=${join(",", var.packages)}",
    "gs.key={{ .SSHPublicKey | urlquery }}",
    "console=ttyS0,115200n8 console=tty0 ---",
  ]))
}

source "qemu" "ubuntu" {
  iso_url      = var.iso_url
  iso_checksum = var.iso_checksum
  vm_name      = var.distribution

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
  boot_wait         = "8s"
  # A slow machine loses keys: GRUB's editor draws a long line anew at each of them.
  boot_key_interval = "60ms"
  # GRUB with BIOS and with UEFI.
  boot_command = [
    "c<wait2>",
    "linux /casper/vmlinuz ${local.arguments}<enter><wait5>",
    "initrd /casper/initrd<enter><wait10>",
    "boot<enter>",
  ]

  communicator     = "ssh"
  ssh_username     = "root"
  ssh_timeout      = "90m"
  shutdown_command = "systemctl poweroff"
}

build {
  sources = ["source.qemu.ubuntu"]

  provisioner "shell" {
    script = "${path.root}/../provision/account.sh"
    environment_vars = [
      "ACCOUNT=${var.username}",
      "ACCOUNT_KEYS=${base64encode(join("\n", var.keys))}",
    ]
  }

  provisioner "shell" {
    script = "${path.root}/clouds.sh"
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
