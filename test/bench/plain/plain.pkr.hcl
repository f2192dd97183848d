# The ordinary preseed through Packer, as a person would write it: what the bench compares with.
variable "iso_url" {
  type = string
}

variable "mirror" {
  type = string
}

variable "mirror_directory" {
  type = string
}

source "qemu" "plain" {
  iso_url          = var.iso_url
  iso_checksum     = "none"
  output_directory = "output-plain"
  cpus             = 2
  memory           = 1536
  disk_size        = "8G"
  disk_cache       = "unsafe"
  disk_interface   = "virtio"
  net_device       = "virtio-net"
  headless         = true
  http_directory   = path.root
  boot_wait        = "10s"
  boot_command = [
    "c<wait>",
    "linux /install.amd/vmlinuz auto=true priority=critical preseed/url=http://{{ .HTTPIP }}:{{ .HTTPPort }}/preseed.cfg mirror/http/hostname=${var.mirror} mirror/http/directory=${var.mirror_directory} ---<enter><wait>",
    "initrd /install.amd/initrd.gz<enter><wait5>",
    "boot<enter>",
  ]
  ssh_username     = "root"
  ssh_password     = "plain"
  ssh_timeout      = "60m"
  shutdown_command = "systemctl poweroff"
}

build {
  sources = ["source.qemu.plain"]
  provisioner "shell" {
    inline = ["uname -a"]
  }
}
