# RHEL and its kin 9 and 10, and Fedora, by Anaconda. Without a variable file it is Rocky Linux 10;
# -var-file=rocky-9.pkrvars.hcl, almalinux-10, centos-stream-9, fedora-44 and so on make it another.
# An ordinary Packer template: `packer build` runs it with the qemu plugin 1.0 or later, and so does Goldsmith.
#
# What varies stands on the installer's kernel line as gs.NAME=VALUE; the %pre of http/ks.cfg makes kickstart of it.

variable "distribution" {
  type        = string
  default     = "rocky-10"
  description = "What is installed: the name of the variable file."
}

variable "is_isolinux" {
  type        = bool
  default     = false
  description = "Whether the ISO starts ISOLINUX with BIOS, as release 9 does; release 10 and Fedora start GRUB."
}

variable "vendor_mirror" {
  type        = string
  default     = "https://download.rockylinux.org/pub/rocky"
  description = "The vendor's own mirror, which the variable mirror replaces. Empty: packages come from the ISO."
}

variable "tree" {
  type        = string
  default     = "10/BaseOS/x86_64/os/"
  description = "Path of the installation tree on the mirror."
}

variable "app_stream" {
  type        = string
  default     = "10/AppStream/x86_64/os/"
  description = "Path of AppStream on the mirror; empty: there is none."
}

variable "iso_url" {
  type        = string
  default     = "https://download.rockylinux.org/pub/rocky/10/isos/x86_64/Rocky-10.2-x86_64-boot.iso"
  description = "The installer's boot ISO; for RHEL the DVD of your own subscription."
}

variable "iso_checksum" {
  type        = string
  default     = "file:https://download.rockylinux.org/pub/rocky/10/isos/x86_64/CHECKSUM"
  description = "Checksum of the ISO, as Packer writes it."
}

variable "profile" {
  type        = string
  default     = "cloud"
  description = "minimal: the core; cloud: with cloud-init; desktop: cloud, and GNOME."
  validation {
    condition     = contains(["minimal", "cloud", "desktop"], var.profile)
    error_message = "The profile is minimal, cloud or desktop."
  }
}

variable "layout" {
  type        = string
  default     = "plain"
  description = "plain: one root file system at the end of the disk. lvm: root in a volume group named system. encrypted: root in LUKS."
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
  mirror = var.mirror == "" ? var.vendor_mirror : var.mirror
  arguments = join(" ", compact([
    "inst.text",
    "inst.ks=http://{{ .HTTPIP }}:{{ .HTTPPort }}/ks.cfg",
    "gs.hostname=${var.hostname}",
    "gs.locale=${var.locale}",
    "gs.keyboard=${var.keyboard}",
    "gs.timezone=${var.timezone}",
    local.mirror == "" ? "gs.source=cdrom" : "gs.source=${local.mirror}/${var.tree}",
    local.mirror == "" || var.app_stream == "" ? "" : "gs.appstream=${local.mirror}/${var.app_stream}",
    var.http_proxy == "" ? "" : "gs.proxy=${var.http_proxy}",
    "gs.profile=${var.profile}",
    "gs.layout=${var.layout}",
    var.layout == "encrypted" ? "gs.passphrase=${var.passphrase}" : "",
    length(var.packages) == 0 ? "" : "gs.packages=${join(",", var.packages)}",
    "gs.key={{ .SSHPublicKey | urlquery }}",
    "console=ttyS0,115200n8 console=tty0",
  ]))

  # The first line of both menus installs, the second, which is chosen after a minute, tests the medium before.
  type_at_isolinux = ["<up><wait>", "<tab><wait>", " ${local.arguments}<enter>"]
  type_at_grub     = ["<up><wait>", "e<wait2>", "<down><down><end><wait>", " ${local.arguments}", "<leftCtrlOn>x<leftCtrlOff>"]
}

source "qemu" "redhat" {
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
  # Release 9 wants x86-64-v2, release 10 v3: QEMU's own default processor has neither.
  qemuargs           = var.firmware == "efi" ? [["-cpu", "max"], ["-bios", var.efi_firmware]] : [["-cpu", "max"]]
  disk_cache         = "unsafe"
  disk_discard       = "unmap"
  disk_detect_zeroes = "unmap"
  headless           = true

  http_directory    = "${path.root}/http"
  boot_wait         = "8s"
  # A slow machine loses keys: GRUB's editor draws a long line anew at each of them.
  boot_key_interval = "60ms"
  boot_command      = var.is_isolinux && var.firmware == "bios" ? local.type_at_isolinux : local.type_at_grub

  communicator     = "ssh"
  ssh_username     = "root"
  ssh_timeout      = "90m"
  shutdown_command = "systemctl poweroff"
}

build {
  sources = ["source.qemu.redhat"]

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
