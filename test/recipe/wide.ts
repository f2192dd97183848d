// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are HCL
/** A template with something of everything that a source and a build can say. */
export const WIDE = `variable "pw" {
  type      = string
  sensitive = true
  default   = "hunter22"
}
source "qemu" "wide" {
  iso_urls             = ["a.iso", "b.iso"]
  iso_checksum         = "none"
  ssh_username         = "u"
  ssh_password         = var.pw
  ssh_timeout          = "90s"
  ssh_pty              = true
  boot_wait            = "-1s"
  boot_key_interval    = "15ms"
  boot_command         = ["<esc>auto url=http://{{ .HTTPIP }}:{{ .HTTPPort }}/p.cfg \\"quoted\\" \\\\ $\${x} %%{y}<enter>", "two"]
  disk_size            = "10G"
  disk_additional_size = ["1G", "512M"]
  disk_interface       = "virtio-scsi"
  disk_discard         = "unmap"
  disk_compression     = true
  memory               = 2048
  cpus                 = 2
  headless             = true
  floppy_files         = ["f.txt"]
  cd_files             = ["f.txt"]
  http_directory       = "http"
  qemuargs             = [["-cpu", "host"], ["-drive", "file={{ .OutputDir }}/{{ .Name }},if=virtio"], ["-nographic"]]
  shutdown_command     = "echo '\${var.pw}' | sudo -S poweroff"
  shutdown_timeout     = "10m"
  vm_name              = "wide.qcow2"
  qemu_img_args {
    convert = ["-o", "cluster_size=2M"]
  }
}
build {
  sources = ["source.qemu.wide"]
  provisioner "shell" {
    inline           = ["echo \${build.ID}", "docker inspect -f '{{ .State }}'"]
    environment_vars = ["A=it's \\"x\\"", "PW=\${var.pw}"]
    execute_command  = "sudo env {{ .Vars }} sh {{ .Path }}"
    pause_before     = "5s"
    max_retries      = 2
    timeout          = "10m"
    valid_exit_codes = [0, 3]
  }
  provisioner "file" {
    source      = "f.txt"
    destination = "/tmp/f"
  }
  provisioner "shell-local" {
    inline = ["true"]
  }
  provisioner "windows-restart" {
    restart_timeout = "15m"
  }
  provisioner "powershell" {
    inline        = ["x"]
    elevated_user = "a"
  }
  provisioner "windows-shell" {
    inline = ["ver"]
  }
  provisioner "breakpoint" {
    disable = true
    note    = "n"
  }
  error-cleanup-provisioner "shell" {
    inline = ["echo cleaned"]
  }
  post-processors {
    post-processor "vagrant" {
      output              = "{{ .Provider }}.box"
      keep_input_artifact = true
    }
    post-processor "checksum" {
      checksum_types = ["sha256"]
    }
  }
  post-processor "manifest" {
    custom_data = { a = "b" }
  }
}
`;
