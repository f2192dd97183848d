import type { SeededFile } from './seeded.ts';

/** Slips as people make them who know another release, another installer or the shell: in files of other parts than those of seeded.ts. */

const KICKSTART: SeededFile = {
  kind: 'kickstart',
  version: 'RHEL9',
  text: `graphical
repo --name="AppStream" --baseurl=file:///run/install/sources/mount-0000-cdrom/AppStream
keyboard --vckeymap=de --xlayouts='de'
lang de_DE.UTF-8 --addsupport=en_US.UTF-8
network --bootproto=dhcp --device=link --activate --onboot=on --ipv6=auto
network --hostname=web01
cdrom
firstboot --enable
ignoredisk --only-use=sda
clearpart --drives=sda --all --initlabel
part /boot/efi --fstype=efi --size=600 --ondisk=sda
part /boot --fstype=xfs --size=1024 --ondisk=sda
part pv.1 --size=1 --grow --ondisk=sda --encrypted --luks-version=luks2 --passphrase=x
volgroup vg0 pv.1
logvol / --vgname=vg0 --name=root --fstype=xfs --percent=70
logvol swap --vgname=vg0 --name=swap --recommended
timesource --ntp-server=pool.ntp.org
timezone Europe/Vienna --utc
rootpw --iscrypted $6$salt$hash
user --groups=wheel,docker --name=ops --password=$6$salt$hash --iscrypted --uid=1500 --gecos="Ops"
firewall --enabled --service=ssh
selinux --permissive
reboot

%packages --ignoremissing
@^minimal-environment
-plymouth
kexec-tools
%end

%post --log=/root/ks.log
dnf -y update
%end
`,
  seeds: [
    ['--onboot=on', '--onboot=maybe'],
    ['--ipv6=auto', '--ipv6=192.0.2.7'],
    ['network --hostname=web01', 'hostname web01'],
    ['cdrom\n', 'cdrom\nurl --url=http://mirror.example/os/\n', 1],
    ['-plymouth', '- plymouth'],
    ['kexec-tools', 'dnf install kexec-tools'],
    ['ignoredisk --only-use=sda', 'ignoredisk sda'],
    ['--size=1 --grow', '--size=1 -grow'],
    ['--size=600', '--size=600MB'],
    ['--luks-version=luks2', '--luks-version=2'],
    [' --passphrase=x', ''],
    ['--percent=70', '--percent=120'],
    ['timezone Europe/Vienna --utc', 'timezone --utc'],
    ['timesource --ntp-server=pool.ntp.org', 'timesource pool.ntp.org'],
    ['--groups=wheel,docker', '--groups=wheel, docker'],
    ['--uid=1500', '--uid=ops'],
    ['--service=ssh', '--services=ssh'],
    ['selinux --permissive', 'selinux permissive'],
    ['reboot\n', 'restart\n'],
    ['%post --log', '%post -log'],
    ['dnf -y update\n%end', 'dnf -y update\n%End', -1],
    ['part /boot --fstype=xfs --size=1024 --ondisk=sda', 'part /boot --fstype=xfs --size=1024 --ondisk=sdb'],
    ['lang de_DE.UTF-8', 'lang de_DE.UTF-8,en_US.UTF-8'],
    ["keyboard --vckeymap=de --xlayouts='de'", "keyboard --vckeymap --xlayouts='de'"],
    ['rootpw --iscrypted $6$salt$hash', 'rootpw --plaintext --iscrypted geheim'],
  ],
};

const PRESEED: SeededFile = {
  kind: 'preseed',
  text: `d-i debian-installer/locale string en_US.UTF-8
d-i debian-installer/language string en
d-i debian-installer/country string DE
d-i hw-detect/load_firmware boolean true
d-i mirror/protocol string http
d-i mirror/country string manual
d-i mirror/http/hostname string deb.example.org
d-i mirror/http/directory string /debian
d-i mirror/suite string trixie
d-i passwd/root-password-crypted password $6$salt$hash
d-i passwd/user-fullname string Ops
d-i passwd/username string ops
d-i passwd/user-password-crypted password $6$salt$hash2
d-i passwd/user-uid string 1000
d-i passwd/user-default-groups string audio cdrom video
d-i clock-setup/ntp-server string ntp.example.org
d-i partman-auto/disk string /dev/sda
d-i partman-auto/method string lvm
d-i partman-auto-lvm/guided_size string max
d-i partman-auto-lvm/new_vg_name string vg0
d-i partman-lvm/device_remove_lvm boolean true
d-i partman-lvm/confirm boolean true
d-i partman-lvm/confirm_nooverwrite boolean true
d-i partman/mount_style select uuid
d-i partman/choose_partition select finish
d-i partman/confirm boolean true
d-i partman/confirm_nooverwrite boolean true
d-i base-installer/kernel/image string linux-image-amd64
d-i apt-setup/services-select multiselect security, updates
d-i apt-setup/security_host string security.debian.org
d-i pkgsel/update-policy select none
d-i grub-installer/with_other_os boolean true
d-i debian-installer/add-kernel-opts string console=ttyS0
d-i cdrom-detect/eject boolean false
d-i debian-installer/exit/poweroff boolean true
d-i preseed/early_command string anna-install parted-udeb
`,
  seeds: [
    ['partman-lvm/confirm boolean true', 'partman-lvm/confirm true'],
    ['guided_size string max', 'guided_size string full'],
    ['string vg0', 'string my vg'],
    ['multiselect security, updates', 'multiselect securty, updates'],
    ['user-default-groups', 'user-default-group'],
    ['select uuid', 'select UUID'],
    ['root-password-crypted password $6$salt$hash\n', "root-password-crypted password '$6$salt$hash'\n"],
    ['root-password-crypted password $6$salt$hash\n', 'root-password-crypted password !\n'],
    ['user-uid string 1000', 'user-uid string ops'],
    ['load_firmware boolean true', 'load_firmware boolean "true"'],
    ['early_command', 'early-command'],
    ['exit/poweroff boolean true', 'exit/poweroff true'],
    ['suite string trixie', 'suite string Debian 13'],
    ['protocol string http', 'protocol string htp'],
    ['country string DE', 'country string Germany'],
    ['add-kernel-opts', 'add_kernel_opts'],
    ['ntp-server string ntp.example.org', 'ntp-server string http://ntp.example.org'],
    ['image string linux-image-amd64', 'image string linux image amd64'],
    ['security_host string security.debian.org', 'security_host string http://security.debian.org/'],
    ['d-i passwd/username string ops', 'd-i passwd/username string root'],
    ['d-i cdrom-detect/eject', '# eject\n d-i cdrom-detect/ejct', 1],
  ],
};

const AUTOINSTALL: SeededFile = {
  kind: 'autoinstall',
  text: `#cloud-config
autoinstall:
  version: 1
  refresh-installer:
    update: true
  source:
    id: ubuntu-server-minimal
    search_drivers: false
  identity:
    hostname: box
    username: ops
    password: $6$salt$hash
  network:
    version: 2
    ethernets:
      any:
        match:
          name: en*
        dhcp4: true
  storage:
    config:
      - type: disk
        id: disk0
        ptable: gpt
        match:
          size: largest
        wipe: superblock-recursive
      - type: partition
        id: esp
        device: disk0
        size: 1G
        flag: boot
        grub_device: true
      - type: format
        id: esp-fs
        volume: esp
        fstype: fat32
      - type: partition
        id: root
        device: disk0
        size: -1
      - type: format
        id: root-fs
        volume: root
        fstype: ext4
      - type: mount
        id: root-mount
        device: root-fs
        path: /
      - type: mount
        id: esp-mount
        device: esp-fs
        path: /boot/efi
  early-commands:
    - echo hello
`,
  seeds: [
    ['volume: root\n', 'volume: rot\n'],
    ['device: root-fs', 'device: rootfs'],
    ['fstype: ext4', 'fstype: ext5'],
    ['- type: partition\n        id: esp', '- type: partiton\n        id: esp'],
    ['flag: boot', 'flag: bootable'],
    ['path: /boot/efi', 'path: boot/efi'],
    ['size: -1', 'size: rest'],
    ['update: true', 'update: sometimes'],
    ['dhcp4: true', 'dhcp4: please'],
    ['    ethernets:', '    ethernet:'],
    ['id: root-fs\n', 'id: esp-fs\n'],
    ['search_drivers', 'search-drivers'],
    ['- echo hello', '- echo: hello'],
    ['ptable: gpt', 'ptable: uefi'],
    ['id: disk0\n', 'name: disk0\n', -1],
    ['  identity:', ' identity:'],
  ],
};

const OPENBSD: SeededFile = {
  kind: 'openbsd',
  text: `System hostname = box
Which network interface do you wish to configure = vio0
IPv4 address for vio0 = autoconf
DNS domain name = example.org
Password for root = *************
Public ssh key for root account = ssh-ed25519 AAAA ops@example
Start sshd(8) by default = yes
Setup a user = no
Allow root ssh login = prohibit-password
What timezone are you in = Europe/Berlin
Which disk is the root disk = sd0
Use (W)hole disk = W
Location of sets = http
HTTP Server = cdn.openbsd.org
Set name(s) = -x* -game*
`,
  seeds: [
    ['System hostname = box', 'Hostname: box'],
    ['Start sshd(8) by default = yes', 'Start sshd(8) by default = true'],
    ['login = prohibit-password', 'login = without-password'],
    ['root disk = sd0', 'root disk = /dev/sd0'],
    ['Europe/Berlin', 'Berlin'],
    ['= http\n', '= https\n'],
    ['Password for root', 'Root password'],
    ['Setup a user = no', 'Setup a user = Ada'],
  ],
};

export const HABITS: SeededFile[] = [KICKSTART, PRESEED, AUTOINSTALL, OPENBSD];
