import type { AnswerKindName } from '../../core/answers/kinds/kinds.ts';

/** Over 400 lines: whole answer files, each with the mistakes that are put into it. */

/** What is right, what is written instead, and how many lines below the mistake it shows (0 unless it is said). */
export type Seed = [right: string, wrong: string, offset?: number];

export interface SeededFile {
  kind: AnswerKindName;
  version?: string;
  diskMiB?: number;
  text: string;
  seeds: Seed[];
}

const KICKSTART: SeededFile = {
  kind: 'kickstart',
  diskMiB: 20_480,
  text: `# A server
text
url --url=https://mirror.example/os/
repo --name=AppStream --baseurl=https://mirror.example/app/
lang en_US.UTF-8
keyboard --xlayouts='us'
timezone Europe/Berlin --utc
network --bootproto=static --device=eth0 --ip=192.0.2.10 --netmask=255.255.255.0 --gateway=192.0.2.1 --nameserver=192.0.2.2 --hostname=box.example
rootpw --lock
user --name=admin --groups=wheel --iscrypted --password=$6$salt$hash
sshkey --username=admin "ssh-ed25519 AAAA me@example"
group --name=ops --gid=2000
firewall --enabled --ssh --port=8080:tcp
selinux --enforcing
services --enabled=sshd,chronyd
firstboot --disabled
bootloader --location=mbr --append="console=ttyS0" --timeout=1
zerombr
clearpart --all --initlabel --disklabel=gpt
part biosboot --fstype=biosboot --size=1
part /boot --fstype=xfs --size=1024
part pv.01 --size=10000
volgroup system pv.01
logvol / --vgname=system --name=root --fstype=xfs --size=6000
logvol /var --vgname=system --name=var --fstype=xfs --size=3000
logvol swap --vgname=system --name=swap --fstype=swap --size=512
skipx
reboot --eject

%packages --excludedocs
@core
openssh-server
-iwl*-firmware
vim
%end

%addon com_redhat_kdump --disable
%end

%pre --interpreter=/bin/bash
echo before
%end

%post --nochroot --erroronfail
echo after > /mnt/sysroot/root/x
%end
`,
  seeds: [
    ['url --url', 'ulr --url'],
    ['url --url=https', 'url --ulr=https'],
    ['url --url=https://mirror.example/os/', 'url --url'],
    ['url --url=https://mirror.example/os/', 'url'],
    ['url --url=https://mirror.example/os/', 'url --url=mirror.example/os/'],
    ['url --url=https://mirror.example/os/', 'url --url=https://a/ --mirrorlist=https://b/'],
    ['repo --name=AppStream ', 'repo '],
    ['repo --name', 'repos --name'],
    ['--baseurl=https', '--base-url=https'],
    ['--baseurl=https://mirror.example/app/', '--baseurl=htps//mirror.example/app/'],
    ['--baseurl=https://mirror.example/app/', '--baseurl=https://a/ --mirrorlist=https://b/'],
    ['lang en_US.UTF-8', 'lang'],
    ['lang en_US.UTF-8', 'lang english'],
    ['lang en_US', 'language en_US'],
    ["keyboard --xlayouts='us'", 'keyboard'],
    ["keyboard --xlayouts='us'", 'keyboard --layout=us'],
    ["--xlayouts='us'", "--xlayouts='us"],
    ['timezone Europe/Berlin', 'timezone Europe/Berln'],
    ['timezone Europe/Berlin', 'timezone Europe Berlin'],
    ['timezone Europe/Berlin --utc', 'timezone Europe/Berlin --udc'],
    ['timezone Europe', 'timzone Europe'],
    ['--bootproto=static', '--bootproto=statik'],
    ['--bootproto=static', '--bootprot=static'.replace('--bootprot=', '--botproto=')],
    [' --ip=192.0.2.10', ' --ip=192.0.2.300'],
    [' --ip=192.0.2.10 --netmask=255.255.255.0', ''],
    [' --netmask=255.255.255.0', ''],
    ['--netmask=255.255.255.0', '--netmask=255.255.0.255'],
    ['--gateway=192.0.2.1', '--gateway=192.0.2'],
    ['--nameserver=192.0.2.2', '--nameserver=dns'],
    ['--hostname=box.example', '--hostname=my_box.example'],
    ['--hostname=box.example', '--hostname=-box'],
    ['--bootproto=static', '--bootproto=dhcp'],
    ['network --boot', 'netwrok --boot'],
    ['rootpw --lock', 'rootpw hunter2'],
    ['rootpw --lock', 'rootpw'],
    ['rootpw --lock', 'rootpw --iscrypted hunter2'],
    ['rootpw --lock', 'rootpw --locked'],
    ['rootpw --lock', 'rootpw --iscrypted --plaintext x'],
    ['rootpw --lock', 'rotpw --lock'],
    ['user --name=admin ', 'user '],
    ['user --name=admin', 'user --name=Ad:min'],
    ['--groups=wheel', '--group=wheels'.replace('--group=', '--grops=')],
    ['--password=$6$salt$hash', '--password=hunter2'],
    ['sshkey --username=admin ', 'sshkey '],
    ['"ssh-ed25519 AAAA me@example"', 'AAAA'],
    ['"ssh-ed25519 AAAA me@example"', 'ssh-ed25519 AAAA me@example'],
    ['group --name=ops ', 'group '],
    ['--gid=2000', '--gid=ops'],
    ['--port=8080:tcp', '--port=8080/tcp'],
    ['firewall --enabled', 'firewall --enabled --disabled'],
    ['firewall --enabled', 'firewall --on'],
    ['selinux --enforcing', 'selinux --enforce'.replace('enforce', 'enforcin-g')],
    ['selinux --enforcing', 'selinux --enforcing --permissive'],
    ['selinux --enforcing', 'selinux enforcing --strict'],
    ['--enabled=sshd,chronyd', '--enable=sshd,chronyd'.replace('--enable=', '--enables=')],
    ['--enabled=sshd,chronyd', '--enabled=sshd, chronyd'],
    ['firstboot --disabled', 'firstboot --disabled=yes'],
    ['--location=mbr', '--location=mbrr'],
    ['--append="console=ttyS0"', '--append="console=ttyS0'],
    ['--timeout=1', '--timeout=soon'],
    ['bootloader --loc', 'boot-loader --loc'],
    ['zerombr', 'zerombr --yes'],
    ['clearpart --all', 'clearpart --all --none'],
    ['--disklabel=gpt', '--disklabel=gtp'],
    ['clearpart --all', 'clearpart --everything'],
    ['part biosboot --fstype=biosboot', 'part biosboot --fstype=biosbot'],
    ['part /boot --fstype=xfs', 'part boot --fstype=xfs'],
    ['part /boot --fstype=xfs', 'part /boot --fstype=xsf'],
    ['part /boot --fstype=xfs --size=1024', 'part /boot --fstype=xfs --size=1G'],
    ['part /boot --fstype=xfs --size=1024', 'part /boot --fstype=xfs --size'],
    ['part /boot --fstype=xfs --size=1024', 'part /boot --fstype=xfs --size=30000'],
    ['part /boot --fstype=xfs --size=1024', 'part /boot --fstype=xfs --size=1024 --maxsize=512'],
    ['part /boot --fstype=xfs --size=1024', 'part /boot --fstype=xfs --size=1024 --gorw'],
    ['part /boot', 'prt /boot'],
    ['part pv.01 --size=10000', 'part pv.02 --size=10000'],
    ['part pv.01 --size=10000', 'part pv.01 --size=5000', 2],
    ['volgroup system pv.01', 'volgroup system pv.02'],
    ['volgroup system pv.01', 'volgroup system'],
    ['logvol / --vgname=system', 'logvol / --vgname=sytem'],
    ['logvol / --vgname=system ', 'logvol / '],
    [' --name=root', ''],
    ['logvol /var', 'logvol var'],
    ['logvol /var', 'logvol /'],
    ['--fstype=xfs --size=3000', '--fstype=xfs --size=5000'],
    ['logvol swap --vgname=system --name=swap --fstype=swap', 'logvol swap --vgname=system --name=swap --fstype=swp'],
    ['skipx\n', 'autopart\n'],
    ['skipx\n', 'lang de_DE.UTF-8\n'],
    ['skipx\n', 'skip-x\n'],
    ['skipx\n', '%end\n'],
    ['reboot --eject', 'reboot --ejct'],
    ['reboot --eject', 'rebot --eject'],
    ['%packages --excludedocs', '%packages --exclude-docs'],
    ['%packages --excludedocs', '%package --excludedocs'],
    ['-iwl*-firmware', '-vim'.concat('\nvim'), 1],
    ['@core', '@core; vim'],
    ['vim\n%end', 'vim', -4],
    ['%addon com_redhat_kdump --disable\n%end', '%addon com_redhat_kdump --disable'],
    ['%pre --interpreter=/bin/bash', '%pre --interpreter=bash'],
    ['%pre --interpreter=/bin/bash', '%pre --interpeter=/bin/bash'],
    ['echo before\n%end', 'echo before', -1],
    ['%post --nochroot', '%post --no-chroot'],
    ['%post --nochroot', '%pst --nochroot'],
    ['root/x\n%end', 'root/x', -1],
    ['%post --nochroot --erroronfail', '%post --nochroot --error-on-fail'],
    ['skipx\n', 'skipx\r\n'],
  ],
};

const OF_RHEL_10: SeededFile = {
  kind: 'kickstart',
  version: 'RHEL10',
  text: `cdrom
lang en_US.UTF-8
keyboard us
timezone Etc/UTC --utc
rootpw --lock
autopart --type=plain
reboot
%packages
@core
%end
`,
  seeds: [
    ['cdrom', 'install'],
    ['reboot', 'authconfig --enableshadow'],
    ['reboot', 'autostep'],
    ['timezone Etc/UTC --utc', 'timezone Etc/UTC --isUtc'],
    ['timezone Etc/UTC --utc', 'timezone Etc/UTC --utc --ntpservers=a'],
    ['--type=plain', '--type=flat'],
    ['autopart --type=plain', 'autopart --type=plain --nosawp'],
    ['reboot', 'module --name=nginx --stream=1'],
  ],
};

const PRESEED: SeededFile = {
  kind: 'preseed',
  diskMiB: 8192,
  text: `# A server
d-i debian-installer/locale string en_US.UTF-8
d-i keyboard-configuration/xkb-keymap select us
d-i netcfg/choose_interface select auto
d-i netcfg/get_hostname string box
d-i netcfg/get_domain string example.org
d-i netcfg/disable_autoconfig boolean true
d-i netcfg/get_ipaddress string 192.0.2.10
d-i netcfg/get_netmask string 255.255.255.0
d-i netcfg/get_gateway string 192.0.2.1
d-i netcfg/get_nameservers string 192.0.2.2
d-i mirror/country string manual
d-i mirror/http/hostname string mirror.example.org
d-i mirror/http/directory string /debian
d-i mirror/http/proxy string http://proxy:3128
d-i clock-setup/utc boolean true
d-i time/zone string Europe/Berlin
d-i clock-setup/ntp boolean true
d-i passwd/root-login boolean false
d-i passwd/user-fullname string Ada
d-i passwd/username string ada
d-i passwd/user-password-crypted password $6$salt$hash
d-i partman-auto/disk string /dev/vda
d-i partman-auto/method string regular
d-i partman-auto/choose_recipe select atomic
d-i partman-auto/expert_recipe string boot-root :: \\
  512 600 512 ext4 $primary{ } $bootable{ } method{ format } format{ } use_filesystem{ } filesystem{ ext4 } mountpoint{ /boot } . \\
  2000 10000 -1 ext4 method{ format } format{ } use_filesystem{ } filesystem{ ext4 } mountpoint{ / } . \\
  64 512 300% linux-swap method{ swap } format{ } .
d-i partman-partitioning/confirm_write_new_label boolean true
d-i partman/choose_partition select finish
d-i partman/confirm boolean true
d-i partman/confirm_nooverwrite boolean true
d-i apt-setup/non-free boolean false
d-i apt-setup/use_mirror boolean true
tasksel tasksel/first multiselect standard, ssh-server
d-i pkgsel/include string vim tmux
d-i pkgsel/upgrade select none
popularity-contest popularity-contest/participate boolean false
d-i grub-installer/only_debian boolean true
d-i grub-installer/bootdev string /dev/vda
d-i preseed/late_command string in-target systemctl enable ssh; \\
  in-target update-grub
d-i finish-install/reboot_in_progress note
`,
  seeds: [
    ['d-i debian-installer/locale', 'di debian-installer/locale'],
    ['debian-installer/locale string', 'debian-instaler/locale string'],
    ['en_US.UTF-8', 'english'],
    ['xkb-keymap select us', 'xkb-kemap select us'],
    ['select auto', 'selct auto'],
    ['netcfg/choose_interface', 'netcfg/chose_interface'],
    ['string box', 'string my_box'],
    ['string box', 'strng box'],
    ['netcfg/get_hostname', 'netcfg/get_hostame'],
    ['d-i netcfg/get_hostname string box', 'netcfg/get_hostname box'],
    ['d-i netcfg/get_hostname string box', 'd-i netcfg/get_hostname'],
    ['disable_autoconfig boolean true', 'disable_autoconfig boolean True'],
    ['disable_autoconfig boolean true', 'disable_autoconfig boolean 1'],
    ['disable_autoconfig', 'disable_autoconf'],
    ['192.0.2.10', '192.0.2.256'],
    ['255.255.255.0', '255.255.255'],
    ['get_gateway string 192.0.2.1', 'get_gateway string router.example'],
    ['get_nameservers string 192.0.2.2', 'get_nameservers string dns1'],
    ['hostname string mirror.example.org', 'hostname string http://mirror.example.org/debian'],
    ['directory string /debian', 'directory string debian'],
    ['proxy string http://proxy:3128', 'proxy string proxy:3128'],
    ['mirror/country', 'mirror/contry'],
    ['clock-setup/utc boolean true', 'clock-setup/utc boolean yes'],
    ['clock-setup/utc boolean true', 'clock-setup/utc bool true'],
    ['clock-setup/utc boolean true', 'clock-setup/utc string true'],
    ['clock-setup/utc boolean true', 'clock-setup/utc boolean true # the clock'],
    ['clock-setup/utc boolean true', 'clock-setup/utc boolean true\r'],
    ['clock-setup/utc boolean', 'clock_setup/utc boolean'],
    ['Europe/Berlin', 'Europe/Berln'],
    ['Europe/Berlin', 'CEST+1'],
    ['root-login boolean false', 'root-login boolean fales'],
    ['string ada', 'string Ada Lovelace'],
    ['passwd/username', 'passwd/user-name'],
    ['password $6$salt$hash', 'password hunter2'],
    ['user-password-crypted password', 'user-password-crypt password'],
    ['d-i passwd/user-password-crypted password $6$salt$hash', 'd-i passwd/user-password password hunter2'],
    ['d-i clock-setup/ntp boolean true', 'd-i passwd/make-user boolean false', 1],
    ['string /dev/vda\nd-i partman-auto/method', 'string vda\nd-i partman-auto/method'],
    ['method string regular', 'method string regulr'],
    ['method string regular', 'method string raid', -1],
    ['partman-auto/method', 'partman-auto/metod'],
    ['choose_recipe select atomic', 'choose_recipe select atmoic'],
    ['boot-root :: \\', 'boot-root : \\'],
    ['boot-root :: \\', 'boot-root :: \\ '],
    ['  512 600 512 ext4', '  512 600 100 ext4', -1],
    ['  512 600 512 ext4', '  512 600 ext4', -1],
    ['  512 600 512 ext4', '  512M 600 512 ext4', -1],
    ['  512 600 512 ext4', '  512 600 512 etx4', -1],
    ['mountpoint{ /boot }', 'mountpoint{ / }', -1],
    ['mountpoint{ /boot }', 'mountpoint{ boot }', -1],
    ['mountpoint{ /boot }', 'mountpoint{/boot}', -1],
    ['mountpoint{ /boot }', 'mountpint{ /boot }', -1],
    ['  2000 10000 -1', '  9000 10000 -1', -2],
    ['method{ swap } format{ } .', 'method{ swap } format{ }', -3],
    ['partman/confirm boolean', 'partman/confrm boolean'],
    ['partman/choose_partition select finish', 'partman/choose_partiton select finish'],
    ['confirm_nooverwrite', 'confirm_no_overwrite'],
    ['apt-setup/non-free', 'apt-setup/nonfree'],
    ['apt-setup/use_mirror boolean true', 'apt-setup/use_mirror boolean ture'],
    ['standard, ssh-server', 'standrad, ssh-server'],
    ['string vim tmux', 'string vim; tmux'],
    ['pkgsel/upgrade select none', 'pkgsel/upgrade select nothing'],
    ['pkgsel/include', 'pkgsel/includes'],
    ['grub-installer/only_debian', 'grub-installer/only-debian'],
    ['bootdev string /dev/vda', 'bootdev string vda'],
    ['enable ssh; \\', 'enable ssh;', 1],
    ['enable ssh; \\', 'enable ssh; \\ '],
    ['preseed/late_command', 'preseed/late_comand'],
    ['finish-install/reboot_in_progress', 'finish-install/reboot_in_progres'],
    ['d-i finish-install/reboot_in_progress note', 'd-i clock-setup/utc boolean false'],
  ],
};

const AUTOINSTALL: SeededFile = {
  kind: 'autoinstall',
  text: `#cloud-config
autoinstall:
  version: 1
  locale: en_US.UTF-8
  keyboard:
    layout: us
  timezone: Europe/Berlin
  identity:
    hostname: box
    username: ada
    password: $6$salt$hash
  ssh:
    install-server: true
    allow-pw: false
    authorized-keys:
      - ssh-ed25519 AAAA ada@example
  storage:
    layout:
      name: lvm
      sizing-policy: all
  apt:
    fallback: offline-install
    geoip: true
  packages:
    - vim
  updates: security
  late-commands:
    - curtin in-target -- update-grub
  shutdown: reboot
`,
  seeds: [
    ['#cloud-config', '#cloudconfig'],
    ['version: 1', 'version: 2'],
    ['version: 1', 'version: "1"'],
    ['version: 1', 'versoin: 1'],
    ['en_US.UTF-8', 'english'],
    ['keyboard:', 'keybord:'],
    ['layout: us', 'layot: us'],
    ['layout: us', 'layout: [us]'],
    ['layout: us', 'layout: US-international'],
    ['Europe/Berlin', 'Europe/Berln'],
    ['hostname: box', 'hostname: my_box'],
    ['username: ada', 'username: Ada L'],
    ['password: $6$salt$hash', 'password: hunter2'],
    ['    password: $6$salt$hash\n', '', -2],
    ['install-server: true', 'install-server: enabled'],
    ['install-server', 'install_server'],
    ['allow-pw: false', 'allow-pw: 0'],
    ['- ssh-ed25519 AAAA ada@example', '- AAAA'],
    ['name: lvm', 'name: lmv'],
    ['sizing-policy: all', 'sizing-policy: everything'],
    ['fallback: offline-install', 'fallback: offline'],
    ['geoip: true', 'geoip: maybe'],
    ['packages:\n    - vim', 'packages: vim'],
    ['updates: security', 'updates: none'],
    ['late-commands:\n    - curtin in-target -- update-grub', 'late-commands: curtin in-target -- update-grub'],
    ['late-commands', 'late-command'],
    ['shutdown: reboot', 'shutdown: restart'],
    ['shutdown: reboot', 'shutdown: reboot\n  shutdown: poweroff', 1],
    ['  shutdown: reboot', '\tshutdown: reboot'],
    ['shutdown: reboot', 'interactive-sections:\n    - network', 1],
    ['shutdown: reboot', 'proxy: proxy:3128'],
  ],
};

const USER_DATA: SeededFile = {
  kind: 'user-data',
  text: `#cloud-config
hostname: box
timezone: Europe/Berlin
users:
  - name: ada
    groups: [sudo]
    shell: /bin/bash
    sudo: ALL=(ALL) NOPASSWD:ALL
    lock_passwd: true
    ssh_authorized_keys:
      - ssh-ed25519 AAAA ada@example
package_update: true
packages: [vim, tmux]
write_files:
  - path: /etc/motd
    content: hello
    permissions: '0644'
runcmd:
  - [systemctl, restart, ssh]
power_state:
  mode: poweroff
  delay: now
`,
  seeds: [
    ['#cloud-config', '# cloud-config'],
    ['hostname: box', 'hostname: my_box'],
    ['hostname: box', 'hostnam: box'],
    ['hostname: box', 'hostname: [box]'],
    ['Europe/Berlin', 'Berlin/Europe'],
    ['users:', 'user_s:'],
    ['- name: ada', '- name: Ada L'],
    ['lock_passwd: true', 'lock_passwd: yess'],
    ['lock_passwd: true', 'passwd: hunter2'],
    ['lock_passwd: true', 'plain_text_passwd: hunter2'],
    ['sudo: ALL=(ALL) NOPASSWD:ALL', 'sudo: please'],
    ['- ssh-ed25519 AAAA ada@example', '- AAAA'],
    ['ssh_authorized_keys:\n      - ssh', 'ssh_authorized_keys: ssh'],
    ['package_update: true', 'package_update: "on please"'],
    ['package_update', 'packages_update'],
    ['packages: [vim, tmux]', 'packages: vim tmux'],
    ['packages: [vim, tmux]', 'packages: [vim, tmux', 1],
    ['path: /etc/motd', 'path: etc/motd'],
    ["permissions: '0644'", 'permissions: 0644'],
    ["permissions: '0644'", "permissions: 'rw-r--r--'"],
    ['    content: hello', '   content: hello'],
    ['runcmd:\n  - [systemctl, restart, ssh]', 'runcmd: systemctl restart ssh'],
    ['mode: poweroff', 'mode: shutdown'],
    ['delay: now', 'delay: soon'],
    ['power_state:', 'powerstate:'],
  ],
};

const NETWORK: SeededFile = {
  kind: 'network-config',
  text: `version: 2
ethernets:
  lan:
    match:
      macaddress: '52:54:00:12:34:56'
    set-name: eth0
    dhcp4: false
    addresses:
      - 192.0.2.10/24
    routes:
      - to: default
        via: 192.0.2.1
    nameservers:
      addresses: [192.0.2.2]
`,
  seeds: [
    ['version: 2', 'version: 3'],
    ['version: 2\n', '#\n'],
    ['ethernets:', 'ethernet:'],
    ["'52:54:00:12:34:56'", "'52:54:00:12:34'"],
    ['macaddress:', 'mac:'],
    ['dhcp4: false', 'dhcp4: never'],
    ['dhcp4: false', 'dhpc4: false'],
    ['- 192.0.2.10/24', '- 192.0.2.10'],
    ['- 192.0.2.10/24', '- 192.0.2.10/33'],
    ['addresses:\n      - 192.0.2.10/24', 'addresses: 192.0.2.10/24'],
    ['routes:\n      - to: default\n        via: 192.0.2.1', 'gateway4: 192.0.2.1'],
    ['nameservers:\n', 'nameserver:\n'],
    ['addresses: [192.0.2.2]', 'adresses: [192.0.2.2]'],
  ],
};

const META_DATA: SeededFile = {
  kind: 'meta-data',
  text: 'instance-id: i-1\nlocal-hostname: box\n',
  seeds: [
    ['local-hostname: box', 'local-hostname: my_box'],
    ['local-hostname: box', 'local-hostname: [box]'],
    ['instance-id: i-1\nlocal-hostname: box', '- instance-id: i-1'],
  ],
};

const OPENBSD: SeededFile = {
  kind: 'openbsd',
  text: `Choose your keyboard layout = us
System hostname = box
IPv4 address for vio0 = 192.0.2.10
Netmask for vio0 = 255.255.255.0
Password for root account = *************
Public ssh key for root account = ssh-ed25519 AAAA ada@example
Start sshd(8) by default = yes
Do you expect to run the X Window System = no
Change the default console to com0 = yes
Which speed should com0 use = 115200
Setup a user = ada
Password for user ada = *************
Allow root ssh login = prohibit-password
What timezone are you in = Europe/Berlin
Which disk is the root disk = sd0
Use (W)hole disk = gpt
URL to autopartitioning template for disklabel = http://h/disklabel
Location of sets = cd0
Set name(s) = -game* -x*
Directory does not contain SHA256.sig. Continue without verification = yes
`,
  seeds: [
    ['keyboard layout = us', 'keyboard layout us'],
    ['keyboard layout = us', 'keyboard layout = English'],
    ['Choose your keyboard', 'Choose a keyboard'],
    ['System hostname', 'Sytem hostname'],
    ['hostname = box', 'hostname = my_box'],
    ['hostname = box', 'hostname ='],
    ['192.0.2.10', '192.0.2.300'],
    ['255.255.255.0', '255.0.255.0'],
    ['root account = *************', 'root account = hunter2'],
    ['by default = yes', 'by default = enabled'],
    ['sshd(8) by', 'sshd by'],
    ['X Window System = no', 'X Window System = never'],
    ['X Window System', 'X Windows System'],
    ['= 115200', '= fast'],
    ['Setup a user = ada', 'Setup a user = Ada L'],
    ['Setup a user', 'Set up a user'],
    ['user ada = *************', 'user ada = hunter2'],
    ['Password for user ada = *************\n', '', -1],
    ['= prohibit-password', '= without-password'],
    ['Europe/Berlin', 'Europe/Berln'],
    ['What timezone', 'Which timezone'],
    ['= sd0', '= /dev/sd0'],
    ['Use (W)hole disk', 'Use whole-disk'],
    ['disklabel = http', 'disklable = http'],
    ['= cd0', '= cdrom'],
    ['Set name(s)', 'Set names'],
    ['Continue without verification = yes', 'Continue without verification = sure'],
    ['Which disk is the root disk = sd0', 'Which disk is the root disk = sd0\r'],
    ['Location of sets = cd0', '= cd0'],
  ],
};

const AUTOYAST: SeededFile = {
  kind: 'autoyast',
  text: `<?xml version="1.0"?>
<!DOCTYPE profile>
<profile xmlns="http://www.suse.com/1.0/yast2ns" xmlns:config="http://www.suse.com/1.0/configns">
  <general>
    <mode><confirm config:type="boolean">false</confirm></mode>
  </general>
  <timezone><timezone>Europe/Berlin</timezone></timezone>
  <users config:type="list">
    <user><username>root</username></user>
  </users>
  <scripts>
    <post-scripts><script><source><![CDATA[echo <hello>]]></source></script></post-scripts>
  </scripts>
</profile>
`,
  seeds: [
    ['  </general>\n', '', 7],
    ['<users config', '<usrs config', 2],
    ['<timezone><timezone>Europe/Berlin</timezone></timezone>', '<time_zone>Europe/Berlin</time_zone>'],
    ['<profile xmlns="http://www.suse.com/1.0/yast2ns"', '<profile'],
    ['<username>root</username>', '<username>root</user>'],
    ['<?xml version="1.0"?>', '<?xml version="1.0"'],
  ],
};

const FREEBSD: SeededFile = {
  kind: 'freebsd',
  text: `DISTRIBUTIONS="kernel.txz base.txz"
PARTITIONS="vtbd0 { auto freebsd-ufs / }"
export nonInteractive="YES"
export HOSTNAME="box"
#!/bin/sh
sysrc sshd_enable=YES
`,
  seeds: [
    ['DISTRIBUTIONS=', 'DISTRIBUTION='],
    ['base.txz', 'bsae.txz'],
    ['PARTITIONS=', 'PARTITONS='],
    ['PARTITIONS="vtbd0', 'PARTITIONS= "vtbd0'],
    ['export HOSTNAME="box"', 'export HOSTNAME="box'],
    ['export HOSTNAME="box"', 'export HOSTNAME = "box"'],
    ['export nonInteractive', 'export nonInteractiv'],
    ['export HOSTNAME="box"', 'export HOSTNAME="box"\r'],
  ],
};

const DISKLABEL: SeededFile = {
  kind: 'disklabel',
  text: `# Sizes, then shares
/ 1G-* 70%
swap 512M
/var 1G-4G 20%
`,
  seeds: [
    ['/ 1G-* 70%', 'root 1G-* 70%'],
    ['swap 512M', 'swap 512MB'],
    ['/var 1G-4G', '/ 1G-4G'],
    ['1G-4G 20%', '1G-4G 40%'],
    ['1G-4G 20%', '1G-4G 20'],
    ['1G-4G 20%', '1G 4G 20%'],
    ['512M', '512M\r'],
  ],
};

export const SEEDED: readonly SeededFile[] = [
  KICKSTART,
  OF_RHEL_10,
  PRESEED,
  AUTOINSTALL,
  USER_DATA,
  NETWORK,
  META_DATA,
  OPENBSD,
  DISKLABEL,
  AUTOYAST,
  FREEBSD,
];
