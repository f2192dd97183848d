# What every recipe but Debian's asks of a guest; the recipes' folders link to this file, as Packer has no include.

variable "hostname" {
  type        = string
  default     = "goldsmith"
  description = "Name of the new system."
  validation {
    condition     = length(var.hostname) > 0 && regex_replace(var.hostname, "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", "") == ""
    error_message = "The hostname is one label: at most 63 lower-case letters, digits and hyphens."
  }
}

variable "username" {
  type        = string
  default     = "admin"
  description = "The person's account, which may become root and has no password. Made when there is a key for it."
  validation {
    condition     = length(var.username) > 0 && regex_replace(var.username, "^[a-z_][a-z0-9_-]{0,30}$", "") == ""
    error_message = "The username starts with a lower-case letter or an underscore; then letters, digits, _ and -, at most 31."
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
  description = "Keyboard layout, such as us or de."
  validation {
    condition     = length(var.keyboard) > 0 && regex_replace(var.keyboard, "^[a-z]{2,6}$", "") == ""
    error_message = "The keyboard is a layout such as us, de, latam."
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
  default     = ""
  description = "Base URL of a mirror of the vendor's; empty: the vendor's own."
  validation {
    condition     = regex_replace(var.mirror, "^https?://[A-Za-z0-9.:_~/-]+[A-Za-z0-9_~-]$", "") == ""
    error_message = "The mirror is a URL such as http://mirror.example/rocky, without a slash at its end."
  }
}

variable "http_proxy" {
  type        = string
  default     = ""
  description = "Proxy the installer reaches the mirror by, such as http://proxy:3128; empty: none."
  validation {
    condition     = regex_replace(var.http_proxy, "^http://[A-Za-z0-9.:@_-]+/?$", "") == ""
    error_message = "The proxy looks like http://proxy:3128."
  }
}

variable "packages" {
  type        = list(string)
  default     = []
  description = "Further packages to install."
  validation {
    condition     = regex_replace(join(",", var.packages), "^(@?[A-Za-z0-9][A-Za-z0-9._+-]*(,|$))+$", "") == ""
    error_message = "A package name has letters, digits and . _ + - only."
  }
}

variable "disk_size" {
  type        = string
  default     = "10G"
  description = "Size of the disk."
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
  description = "UEFI firmware of this host, used with firmware = efi. No variables are kept: the image boots by the path for removable media."
}

variable "memory" {
  type        = number
  default     = 3072
  description = "Memory while it is built, in MiB."
  validation {
    condition     = var.memory >= 512
    error_message = "Every installer wants at least 512 MiB."
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
