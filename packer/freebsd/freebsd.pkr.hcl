# FreeBSD 15.1 by bsdinstall's script. An ordinary Packer template: `packer build` runs it with the qemu plugin 1.0 or
# later, and so does Goldsmith. What varies is in the environment in which http/installerconfig is started.

variable "release" {
  type        = string
  default     = "15.1"
  description = "FreeBSD's release; its ISO has to be of the same."
  validation {
    condition     = length(var.release) > 0 && regex_replace(var.release, "^[0-9]+\\.[0-9]$", "") == ""
    error_message = "The release looks like 15.1."
  }
}

variable "iso_url" {
  type        = string
  default     = "https://download.freebsd.org/releases/amd64/amd64/ISO-IMAGES/15.1/FreeBSD-15.1-RELEASE-amd64-dvd1.iso"
  description = "FreeBSD's installer with its distributions."
}

variable "iso_checksum" {
  type        = string
  default     = "file:https://download.freebsd.org/releases/amd64/amd64/ISO-IMAGES/15.1/CHECKSUM.SHA256-FreeBSD-15.1-RELEASE-amd64"
  description = "Checksum of the ISO, as Packer writes it."
}

variable "profile" {
  type        = string
  default     = "cloud"
  description = "minimal: base and kernel; cloud: nuageinit reads a cloud's data at first boot; desktop: cloud, and Xfce from packages."
  validation {
    condition     = contains(["minimal", "cloud", "desktop"], var.profile)
    error_message = "The profile is minimal, cloud or desktop."
  }
}

variable "layout" {
  type        = string
  default     = "plain"
  description = "plain: one UFS root; zfs: root on ZFS. An encrypted root asks at every boot, so no image can have one."
  validation {
    condition     = contains(["plain", "zfs"], var.layout)
    error_message = "The layout is plain or zfs."
  }
}

locals {
  settings = join(" ", [
    "GS_HOSTNAME=${var.hostname}",
    "GS_KEYBOARD=${var.keyboard}",
    "GS_TIMEZONE=${var.timezone}",
    "GS_LOCALE=${var.locale}",
    "GS_PROFILE=${var.profile}",
    "GS_LAYOUT=${var.layout}",
    "GS_PACKAGES='${join(" ", var.packages)}'",
    "HTTP_PROXY='${var.http_proxy}'",
    "GS_MIRROR='${var.mirror}'",
    "GS_KEY='{{ .SSHPublicKey | urlquery }}'",
    "GS_ANSWERS=http://{{ .HTTPIP }}:{{ .HTTPPort }}",
  ])
}

source "qemu" "freebsd" {
  iso_url      = var.iso_url
  iso_checksum = var.iso_checksum
  vm_name      = "freebsd-${var.release}"

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
  boot_wait         = "90s"
  boot_key_interval = "60ms"
  boot_command = [
    # Install, Shell or Live System?
    "s<wait3>",
    "mdmfs -s 100m md1 /tmp<enter><wait2>",
    "dhclient -p /tmp/dhclient.pid -l /tmp/dhclient.lease vtnet0<enter><wait15>",
    "export ${local.settings}<enter><wait>",
    "fetch -o /tmp/installerconfig $GS_ANSWERS/installerconfig && bsdinstall script /tmp/installerconfig && reboot<enter>",
  ]

  communicator     = "ssh"
  ssh_username     = "root"
  ssh_timeout      = "90m"
  shutdown_command = "shutdown -p now"
}

build {
  sources = ["source.qemu.freebsd"]

  provisioner "shell" {
    script = "${path.root}/../provision/account.sh"
    environment_vars = [
      "ACCOUNT=${var.username}",
      "ACCOUNT_KEYS=${base64encode(join("\n", var.keys))}",
    ]
  }
}
