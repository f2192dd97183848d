# The tiny real guest of Goldsmith's tests: a Linux kernel, busybox and OpenSSH from Debian packages, installed by an
# installer of its own from a real ISO (`goldsmith iso tiny`). An ordinary Packer template, valid for Packer 1.6 too.

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
  description = "Name of the guest: lower-case letters, digits and dashes."
}

variable "disk_size" {
  type        = string
  default     = "512M"
  description = "Size of the disk; at least 160M."
}

variable "memory" {
  type        = number
  default     = 512
  description = "Memory in MiB; at least 256."
}

# One: emulated, a second one makes a boot no quicker, and QEMU 10.0's threads for several were seen to end in an
# assertion (iotlb_to_section) while the guest set its devices up.
variable "cpus" {
  type        = number
  default     = 1
  description = "Virtual CPUs."
}

source "qemu" "tiny" {
  iso_url      = var.iso_url
  iso_checksum = var.iso_checksum
  vm_name      = var.hostname

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

  # Served beside these files: /goldsmith/authorized_keys and /goldsmith/ssh_host_ed25519_key. With Packer, put them there.
  http_directory = "${path.root}/http"

  # The menu of the ISO waits. `install` is a command of that menu: kernel, initrd and boot in one line.
  boot_wait         = "4s"
  boot_key_interval = "60ms"
  boot_command = [
    "c<wait>", # the prompt needs a moment, and the keyboard holds sixteen keys
    "install answers=http://{{ .HTTPIP }}:{{ .HTTPPort }}/tiny.cfg hostname=${var.hostname} panic=-1<enter>",
  ]

  communicator     = "ssh"
  ssh_username     = "root"
  ssh_timeout      = "5m"
  shutdown_command = "shutdown -P now"
}

build {
  sources = ["source.qemu.tiny"]

  provisioner "file" {
    source      = "${path.root}/files/motd"
    destination = "/etc/motd"
  }

  provisioner "shell" {
    environment_vars = ["GREETING=hello from the provisioner"]
    inline = [
      "echo \"$GREETING in build $PACKER_BUILD_NAME\"",
      "uname -a",
      "test -s /etc/motd",
    ]
  }
}
