# The tiny real guest of Goldsmith's tests: a Linux kernel, busybox and OpenSSH from Debian packages, installed by an
# installer of its own from a real ISO (`goldsmith iso tiny`). An ordinary Packer template.

packer {
  required_version = ">= 1.6.0"
}

variable "iso_url" {
  type        = string
  default     = "tiny.iso"
  description = "The installer ISO. Where it is missing, Goldsmith makes it; for Packer: goldsmith iso tiny -o tiny.iso."
}

variable "iso_checksum" {
  type        = string
  default     = "none"
  description = "Checksum of the ISO, e.g. sha256:HEX."
}

variable "hostname" {
  type        = string
  default     = "tiny"
  description = "Name of the guest."

  validation {
    condition     = length(regexall("^[a-z0-9][a-z0-9-]{0,62}$", var.hostname)) == 1
    error_message = "The hostname must be lower-case letters, digits and dashes."
  }
}

variable "disk_size" {
  type        = string
  default     = "512M"
  description = "Size of the disk."
}

variable "memory" {
  type        = number
  default     = 512
  description = "Memory in MiB."
}

variable "cpus" {
  type        = number
  default     = 2
  description = "Virtual CPUs."
}

source "qemu" "tiny" {
  iso_url      = var.iso_url
  iso_checksum = var.iso_checksum

  machine_type       = "q35"
  cpus               = var.cpus
  memory             = var.memory
  disk_size          = var.disk_size
  disk_interface     = "virtio"
  disk_cache         = "unsafe"
  disk_discard       = "unmap"
  disk_detect_zeroes = "unmap"
  format             = "qcow2"
  net_device         = "virtio-net"
  headless           = true

  http_content = {
    "/tiny.cfg" = templatefile("${path.root}/http/tiny.cfg.pkrtpl.hcl", { hostname = var.hostname })
  }

  boot_wait         = "3s"
  boot_key_interval = "20ms"
  boot_command = [
    "c",
    "linux /tiny/vmlinuz answers=http://{{ .HTTPIP }}:{{ .HTTPPort }}/tiny.cfg console=tty0 console=ttyS0 quiet panic=-1<enter>",
    "initrd /tiny/installer.cpio<enter>",
    "boot<enter>",
  ]

  communicator     = "ssh"
  ssh_username     = "root"
  ssh_timeout      = "5m"
  shutdown_command = "poweroff"
}

build {
  sources = ["source.qemu.tiny"]

  provisioner "file" {
    content     = "Built by Goldsmith.\n"
    destination = "/etc/motd"
  }

  provisioner "shell" {
    inline = [
      "echo \"build $PACKER_BUILD_NAME\"",
      "uname -a",
      "test -s /etc/motd",
    ]
  }
}
