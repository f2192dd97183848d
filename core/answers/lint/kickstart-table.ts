/**
 * What the kickstart commands of each release take. Gathered from pykickstart 3.74's own handlers
 * (https://github.com/pykickstart/pykickstart), which Anaconda reads kickstarts with.
 *
 * A line: command, releases, `deprecated`, `removed` or `-`, options. `--x=` takes a value, `--x=int` a number,
 * `--x=a|b` one of these, a `?` at its end several or none; `!` is required, `~` deprecated, `-` at the end removed.
 */
export const KICKSTART_TABLE = `
auth RHEL5,RHEL6,RHEL7,RHEL8,RHEL9,F20-34 -
auth RHEL10,F35-45 removed
authconfig RHEL5,RHEL6,RHEL7,RHEL8,RHEL9,F20-34 -
authconfig RHEL10,F35-45 removed
authselect RHEL8,RHEL9,RHEL10,F28-45 -
autopart RHEL5 - --encrypted --passphrase=
autopart RHEL6 - --backuppassphrase --cipher= --encrypted --escrowcert= --passphrase=
autopart RHEL7 - --backuppassphrase --cipher= --encrypted --escrowcert= --fstype= --nohome --nolvm --passphrase= --type=
autopart RHEL8,RHEL9,F29-37 - --backuppassphrase --cipher= --encrypted --escrowcert= --fstype= --luks-version= --noboot --nohome --nolvm --noswap --passphrase= --pbkdf= --pbkdf-iterations=int --pbkdf-memory=int --pbkdf-time=int --type=
autopart RHEL10,F38-40 - --backuppassphrase --cipher= --encrypted --escrowcert= --fstype= --hibernation --luks-version= --noboot --nohome --nolvm --noswap --passphrase= --pbkdf= --pbkdf-iterations=int --pbkdf-memory=int --pbkdf-time=int --type=
autopart F20 - --backuppassphrase --cipher= --encrypted --escrowcert= --nolvm --passphrase= --type=
autopart F21-25 - --backuppassphrase --cipher= --encrypted --escrowcert= --fstype= --nolvm --passphrase= --type=
autopart F26-28 - --backuppassphrase --cipher= --encrypted --escrowcert= --fstype= --noboot --nohome --nolvm --noswap --passphrase= --type=
autopart F41-45 - --backuppassphrase --cipher= --encrypted --escrowcert= --fstype= --hibernation --hw-passphrase= --luks-version= --noboot --nohome --nolvm --noswap --passphrase= --pbkdf= --pbkdf-iterations=int --pbkdf-memory=int --pbkdf-time=int --type=
autostep RHEL5,RHEL6,RHEL7,RHEL8,F20-33 - --autoscreenshot
autostep RHEL9,F34-39 deprecated --autoscreenshot
autostep RHEL10,F40-45 removed --autoscreenshot
bootc RHEL10,F43-44 - --source-imgref=! --stateroot= --target-imgref=
bootc F45 - --bootloader= --composefs --source-imgref=! --stateroot= --target-imgref=
bootloader RHEL5 - --append= --driveorder= --hvargs= --lba32 --location=mbr|partition|none|boot --md5pass= --password= --upgrade
bootloader RHEL6 - --append= --default= --driveorder= --iscrypted --lba32~ --location=mbr|partition|none|boot --md5pass= --password= --timeout=int --upgrade
bootloader RHEL7,F21-28 - --append= --boot-drive= --default= --disabled --driveorder= --extlinux --iscrypted --leavebootorder --location=mbr|partition|none|boot --md5pass= --nombr --password= --timeout=int --upgrade
bootloader RHEL8,F29-33 - --append= --boot-drive= --default= --disabled --driveorder= --extlinux --iscrypted --leavebootorder --location=mbr|partition|none|boot --md5pass= --nombr --password= --timeout=int --upgrade~
bootloader RHEL9,F34-38 - --append= --boot-drive= --default= --disabled --driveorder= --extlinux --iscrypted --leavebootorder --location=mbr|partition|none|boot --md5pass= --nombr --password= --timeout=int
bootloader RHEL10,F39-45 - --append= --boot-drive= --default= --disabled --driveorder= --extlinux --iscrypted --leavebootorder --location=mbr|partition|none|boot --md5pass= --nombr --password= --sdboot --timeout=int
bootloader F20 - --append= --boot-drive= --default= --driveorder= --extlinux --iscrypted --leavebootorder --location=mbr|partition|none|boot --md5pass= --password= --timeout=int --upgrade
btrfs RHEL7,F23-45 - --data= --label= --metadata= --mkfsoptions= --name= --noformat --parent= --subvol --useexisting
btrfs RHEL8,RHEL9 deprecated --data= --label= --metadata= --mkfsoptions= --name= --noformat --parent= --subvol --useexisting
btrfs RHEL10 removed --data= --label= --metadata= --mkfsoptions= --name= --noformat --parent= --subvol --useexisting
btrfs F20-22 - --data= --label= --metadata= --name= --noformat --parent= --subvol --useexisting
cdrom RHEL5,RHEL6,RHEL7,RHEL8,RHEL9,RHEL10,F20-45 -
clearpart RHEL5,RHEL6 - --all --drives= --initlabel --linux --none
clearpart RHEL7,RHEL8,RHEL9,RHEL10,F28-45 - --all --cdl --disklabel= --drives= --initlabel --linux --list= --none
clearpart F20 - --all --drives= --initlabel --linux --list= --none
clearpart F21-27 - --all --disklabel= --drives= --initlabel --linux --list= --none
cmdline RHEL5,RHEL6,RHEL7,F20-25 -
cmdline RHEL8,RHEL9,RHEL10,F26-45 - --non-interactive
device RHEL5,RHEL6,RHEL7,F20-23 - --opts=
device RHEL8,F24-33 deprecated --opts=
device RHEL9,RHEL10,F34-45 removed --opts=
deviceprobe RHEL5,RHEL6,RHEL7,F20-28 -
deviceprobe RHEL8,F29-33 deprecated
deviceprobe RHEL9,RHEL10,F34-45 removed
dmraid RHEL5,RHEL6,RHEL7,F20-23 - --dev=! --name=!
dmraid RHEL8,F24-33 deprecated --dev=! --name=!
dmraid RHEL9,RHEL10,F34-45 removed --dev=! --name=!
driverdisk RHEL5,RHEL6 - --biospart= --source= --type=~
driverdisk RHEL7,RHEL8,RHEL9,RHEL10,F20-45 - --biospart= --source=
eula RHEL7,RHEL8,RHEL9,RHEL10,F20-45 - --accept --accepted --agree --agreed
fcoe RHEL6,F20-27 - --dcb --nic=!
fcoe RHEL7,RHEL8,RHEL9,RHEL10,F28-45 - --autovlan --dcb --nic=!
firewall RHEL5 - --disable --disabled --enable --enabled --ftp --high=~ --http --medium=~ --port= --smtp --ssh --telnet --trust=
firewall RHEL6 - --disable --disabled --enable --enabled --ftp --http --port= --service= --smtp --ssh --telnet=~ --trust=
firewall RHEL7,F20-27 - --disable --disabled --enable --enabled --ftp --http --port= --remove-service= --service= --smtp --ssh --trust=
firewall RHEL8,RHEL9,RHEL10,F28-45 - --disable --disabled --enable --enabled --ftp --http --port= --remove-service= --service= --smtp --ssh --trust= --use-system-defaults
firstboot RHEL5,RHEL6,RHEL7,RHEL8,RHEL9,RHEL10,F20-45 - --disable --disabled --enable --enabled --reconfig
graphical RHEL5,RHEL6,RHEL7,F20-25 -
graphical RHEL8,RHEL9,RHEL10,F26-45 - --non-interactive
group RHEL6,RHEL7,RHEL8,RHEL9,RHEL10,F20-45 - --gid=int --name=!
halt RHEL5,RHEL6,RHEL7,F20-22 - --eject
halt RHEL8,RHEL9,RHEL10,F23-45 - --eject --kexec
harddrive RHEL5,RHEL6,RHEL7,RHEL8,F20-32 - --biospart= --dir=! --partition=
harddrive RHEL9,RHEL10,F33-45 - --dir=! --partition=!
hmc RHEL7,RHEL8,RHEL9,RHEL10,F28-45 -
ignoredisk RHEL5,RHEL9,RHEL10,F34-45 - --drives= --only-use=
ignoredisk RHEL6,RHEL7,F20-28 - --drives= --interactive --only-use=
ignoredisk RHEL8,F29-33 - --drives= --interactive~ --only-use=
install RHEL5 -
install RHEL6,RHEL7,F20-28 - --root-device=
install RHEL8,F29-33 deprecated --root-device=
install RHEL9,RHEL10,F34-45 removed --root-device=
interactive RHEL5,RHEL6 -
iscsi RHEL5 - --ipaddr=! --password= --port=int --target= --user=
iscsi RHEL6,RHEL7,RHEL8,RHEL9,RHEL10,F20-45 - --iface= --ipaddr=! --password= --port=int --reverse-password= --reverse-user= --target= --user=
iscsiname RHEL5,RHEL6,RHEL7,RHEL8,RHEL9,RHEL10,F20-45 -
key RHEL5,RHEL6 - --skip
keyboard RHEL5,RHEL6 -
keyboard RHEL7,RHEL8,RHEL9,RHEL10,F20-45 - --switch= --vckeymap= --xlayouts=
lang RHEL5,RHEL6 -
lang RHEL7,RHEL8,RHEL9,RHEL10,F20-45 - --addsupport=
langsupport RHEL5 deprecated --default=
liveimg RHEL7,RHEL8,RHEL9,RHEL10,F20-45 - --checksum= --noverifyssl --proxy= --url=!
logging RHEL5,RHEL6,RHEL7,RHEL8,F20-33 - --host= --level=debug|info|warning|error|critical --port=
logging RHEL9,F34-39 - --host= --level=~ --port=
logging RHEL10,F40-45 - --host= --port=
logvol RHEL5 - --bytes-per-inode=int --encrypted --fsoptions= --fstype= --grow --maxsize=int --name=! --noformat --passphrase= --percent=int --recommended --size=int --useexisting --vgname=!
logvol RHEL6 - --backuppassphrase --bytes-per-inode=~ --chunksize=int --cipher= --encrypted --escrowcert= --fsoptions= --fsprofile= --fstype= --grow --hibernation --maxsize=int --metadatasize=int --name=! --noformat --passphrase= --percent=int --poolname= --profile= --recommended --size=int --thin --thinpool --useexisting --vgname=!
logvol RHEL7 - --backuppassphrase --chunksize=int --cipher= --encrypted --escrowcert= --fsoptions= --fsprofile= --fstype= --grow --hibernation --label= --maxsize=int --metadatasize=int --mkfsoptions= --name=! --noformat --passphrase= --percent=int --poolname= --profile= --recommended --resize --size=int --thin --thinpool --useexisting --vgname=!
logvol RHEL8,RHEL9,RHEL10,F29-45 - --backuppassphrase --cachemode= --cachepvs= --cachesize=int --chunksize=int --cipher= --encrypted --escrowcert= --fsoptions= --fsprofile= --fstype= --grow --hibernation --label= --luks-version= --maxsize=int --metadatasize=int --mkfsoptions= --name=! --noformat --passphrase= --pbkdf= --pbkdf-iterations=int --pbkdf-memory=int --pbkdf-time=int --percent=int --poolname= --profile= --recommended --resize --size=int --thin --thinpool --useexisting --vgname=!
logvol F20 - --backuppassphrase --chunksize=int --cipher= --encrypted --escrowcert= --fsoptions= --fsprofile= --fstype= --grow --hibernation --label= --maxsize=int --metadatasize=int --name=! --noformat --passphrase= --percent=int --poolname= --recommended --resize --size=int --thin --thinpool --useexisting --vgname=!
logvol F21-22 - --backuppassphrase --chunksize=int --cipher= --encrypted --escrowcert= --fsoptions= --fsprofile= --fstype= --grow --hibernation --label= --maxsize=int --metadatasize=int --name=! --noformat --passphrase= --percent=int --poolname= --profile= --recommended --resize --size=int --thin --thinpool --useexisting --vgname=!
logvol F23-28 - --backuppassphrase --cachemode= --cachepvs= --cachesize=int --chunksize=int --cipher= --encrypted --escrowcert= --fsoptions= --fsprofile= --fstype= --grow --hibernation --label= --maxsize=int --metadatasize=int --mkfsoptions= --name=! --noformat --passphrase= --percent=int --poolname= --profile= --recommended --resize --size=int --thin --thinpool --useexisting --vgname=!
mediacheck RHEL5,RHEL6,RHEL7,RHEL8,RHEL9,RHEL10,F20-45 -
method RHEL5,RHEL6,RHEL7,RHEL8,F20-33 -
method RHEL9,F34-39 deprecated
method RHEL10,F40-45 removed
module RHEL8,RHEL9,F31-40 - --disable --name=! --stream=
module RHEL10,F41-44 deprecated --disable --name=! --stream=
module F29-30 - --name=! --stream=
module F45 removed --disable --name=! --stream=
monitor RHEL5 - --hsync= --monitor= --noprobe --vsync=
monitor RHEL6 deprecated --hsync= --monitor= --noprobe --vsync=
mount RHEL8,RHEL9,RHEL10,F27-45 - --mkfsoptions= --mountoptions= --reformat=?
mouse RHEL5 deprecated --device= --emulthree
multipath RHEL5,RHEL6,RHEL7,F20-23 - --device=! --name=! --rule=!
multipath RHEL8,F24-33 deprecated --device=! --name=! --rule=!
multipath RHEL9,RHEL10,F34-45 removed --device=! --name=! --rule=!
network RHEL5 - --bootproto=dhcp|bootp|static|query --device= --dhcpclass= --essid= --ethtool= --gateway= --hostname= --ip= --mtu= --nameserver= --netmask= --nodns --noipv4 --noipv6 --notksdevice --onboot= --wepkey=
network RHEL6 - --activate --bondopts= --bondslaves= --bootproto=dhcp|bootp|static|query|ibft --device= --dhcpclass= --essid= --ethtool= --gateway= --hostname= --ip= --ipv6= --mtu= --nameserver= --netmask= --nodefroute --nodns --noipv4 --noipv6 --notksdevice --onboot= --vlanid= --wepkey=
network RHEL7,RHEL8,F27-38 - --activate --bindto=mac --bondopts= --bondslaves= --bootproto=dhcp|bootp|static|query|ibft --bridgeopts= --bridgeslaves= --device= --dhcpclass= --essid= --ethtool= --gateway= --hostname= --interfacename= --ip= --ipv6= --ipv6gateway= --mtu= --nameserver= --netmask= --no-activate --nodefroute --nodns --noipv4 --noipv6 --notksdevice --onboot= --teamconfig= --teamslaves= --vlanid= --wepkey= --wpakey=
network RHEL9,F39-45 - --activate --bindto=mac --bondopts= --bondslaves= --bootproto=dhcp|bootp|static|query|ibft --bridgeopts= --bridgeslaves= --device= --dhcpclass= --essid= --ethtool= --gateway= --hostname= --interfacename= --ip= --ipv4-dns-search= --ipv4-ignore-auto-dns --ipv6= --ipv6-dns-search= --ipv6-ignore-auto-dns --ipv6gateway= --mtu= --nameserver= --netmask= --no-activate --nodefroute --nodns --noipv4 --noipv6 --notksdevice --onboot= --teamconfig= --teamslaves= --vlanid= --wepkey= --wpakey=
network RHEL10 - --activate --bindto=mac --bondopts= --bondslaves= --bootproto=dhcp|bootp|static|query|ibft --bridgeopts= --bridgeslaves= --device= --dhcpclass= --essid= --ethtool= --gateway= --hostname= --interfacename= --ip= --ipv4-dns-search= --ipv4-ignore-auto-dns --ipv6= --ipv6-dns-search= --ipv6-ignore-auto-dns --ipv6gateway= --mtu= --nameserver= --netmask= --no-activate --nodefroute --nodns --noipv4 --noipv6 --notksdevice --onboot= --teamconfig=~ --teamslaves=~ --vlanid= --wepkey= --wpakey=
network F20 - --activate --bondopts= --bondslaves= --bootproto=dhcp|bootp|static|query|ibft --device= --dhcpclass= --essid= --ethtool= --gateway= --hostname= --ip= --ipv6= --ipv6gateway= --mtu= --nameserver= --netmask= --nodefroute --nodns --noipv4 --noipv6 --notksdevice --onboot= --teamconfig= --teamslaves= --vlanid= --wepkey= --wpakey=
network F21 - --activate --bondopts= --bondslaves= --bootproto=dhcp|bootp|static|query|ibft --device= --dhcpclass= --essid= --ethtool= --gateway= --hostname= --interfacename= --ip= --ipv6= --ipv6gateway= --mtu= --nameserver= --netmask= --nodefroute --nodns --noipv4 --noipv6 --notksdevice --onboot= --teamconfig= --teamslaves= --vlanid= --wepkey= --wpakey=
network F22-24 - --activate --bondopts= --bondslaves= --bootproto=dhcp|bootp|static|query|ibft --bridgeopts= --bridgeslaves= --device= --dhcpclass= --essid= --ethtool= --gateway= --hostname= --interfacename= --ip= --ipv6= --ipv6gateway= --mtu= --nameserver= --netmask= --nodefroute --nodns --noipv4 --noipv6 --notksdevice --onboot= --teamconfig= --teamslaves= --vlanid= --wepkey= --wpakey=
network F25-26 - --activate --bondopts= --bondslaves= --bootproto=dhcp|bootp|static|query|ibft --bridgeopts= --bridgeslaves= --device= --dhcpclass= --essid= --ethtool= --gateway= --hostname= --interfacename= --ip= --ipv6= --ipv6gateway= --mtu= --nameserver= --netmask= --no-activate --nodefroute --nodns --noipv4 --noipv6 --notksdevice --onboot= --teamconfig= --teamslaves= --vlanid= --wepkey= --wpakey=
nfs RHEL5,RHEL6,RHEL7,RHEL8,RHEL9,RHEL10,F20-45 - --dir=! --opts= --server=!
nvdimm RHEL7,RHEL8,RHEL9,F28-39 - --blockdevs= --mode=sector --namespace= --sectorsize=int
nvdimm RHEL10,F45 removed --blockdevs= --mode=sector --namespace= --sectorsize=int
nvdimm F40-44 deprecated --blockdevs= --mode=sector --namespace= --sectorsize=int
ostreecontainer RHEL9,RHEL10,F38-45 - --no-signature-verification --remote= --stateroot= --transport= --url=!
ostreesetup RHEL7,RHEL8,RHEL9,RHEL10,F21-45 - --nogpg --osname=! --ref=! --remote= --url=!
part RHEL5 - --active --asprimary --bytes-per-inode=int --encrypted --end=int --fsoptions= --fstype= --grow --label= --maxsize=int --noformat --onbiosdisk= --ondisk= --ondrive= --onpart= --passphrase= --recommended --size=int --start=int --type= --usepart=
part RHEL6 - --active --asprimary --backuppassphrase --bytes-per-inode=~ --cipher= --encrypted --end=~ --escrowcert= --fsoptions= --fsprofile= --fstype= --grow --hibernation --label= --maxsize=int --noformat --onbiosdisk= --ondisk= --ondrive= --onpart= --passphrase= --recommended --size=int --start=~ --type= --usepart=
part RHEL7,F23-28 - --active --asprimary --backuppassphrase --cipher= --encrypted --escrowcert= --fsoptions= --fsprofile= --fstype= --grow --hibernation --label= --maxsize=int --mkfsoptions= --noformat --onbiosdisk= --ondisk= --ondrive= --onpart= --passphrase= --recommended --resize --size=int --type= --usepart=
part RHEL8,F29-33 - --active~ --asprimary --backuppassphrase --cipher= --encrypted --escrowcert= --fsoptions= --fsprofile= --fstype= --grow --hibernation --label= --luks-version= --maxsize=int --mkfsoptions= --noformat --onbiosdisk= --ondisk= --ondrive= --onpart= --passphrase= --pbkdf= --pbkdf-iterations=int --pbkdf-memory=int --pbkdf-time=int --recommended --resize --size=int --type= --usepart=
part RHEL9,RHEL10,F34-40 - --asprimary --backuppassphrase --cipher= --encrypted --escrowcert= --fsoptions= --fsprofile= --fstype= --grow --hibernation --label= --luks-version= --maxsize=int --mkfsoptions= --noformat --onbiosdisk= --ondisk= --ondrive= --onpart= --passphrase= --pbkdf= --pbkdf-iterations=int --pbkdf-memory=int --pbkdf-time=int --recommended --resize --size=int --type= --usepart=
part F20-22 - --active --asprimary --backuppassphrase --cipher= --encrypted --escrowcert= --fsoptions= --fsprofile= --fstype= --grow --hibernation --label= --maxsize=int --noformat --onbiosdisk= --ondisk= --ondrive= --onpart= --passphrase= --recommended --resize --size=int --type= --usepart=
part F41-45 - --asprimary --backuppassphrase --cipher= --encrypted --escrowcert= --fsoptions= --fsprofile= --fstype= --grow --hibernation --hw-passphrase= --label= --luks-version= --maxsize=int --mkfsoptions= --noformat --onbiosdisk= --ondisk= --ondrive= --onpart= --passphrase= --pbkdf= --pbkdf-iterations=int --pbkdf-memory=int --pbkdf-time=int --recommended --resize --size=int --type= --usepart=
partition RHEL5 - --active --asprimary --bytes-per-inode=int --encrypted --end=int --fsoptions= --fstype= --grow --label= --maxsize=int --noformat --onbiosdisk= --ondisk= --ondrive= --onpart= --passphrase= --recommended --size=int --start=int --type= --usepart=
partition RHEL6 - --active --asprimary --backuppassphrase --bytes-per-inode=~ --cipher= --encrypted --end=~ --escrowcert= --fsoptions= --fsprofile= --fstype= --grow --hibernation --label= --maxsize=int --noformat --onbiosdisk= --ondisk= --ondrive= --onpart= --passphrase= --recommended --size=int --start=~ --type= --usepart=
partition RHEL7,F23-28 - --active --asprimary --backuppassphrase --cipher= --encrypted --escrowcert= --fsoptions= --fsprofile= --fstype= --grow --hibernation --label= --maxsize=int --mkfsoptions= --noformat --onbiosdisk= --ondisk= --ondrive= --onpart= --passphrase= --recommended --resize --size=int --type= --usepart=
partition RHEL8,F29-33 - --active~ --asprimary --backuppassphrase --cipher= --encrypted --escrowcert= --fsoptions= --fsprofile= --fstype= --grow --hibernation --label= --luks-version= --maxsize=int --mkfsoptions= --noformat --onbiosdisk= --ondisk= --ondrive= --onpart= --passphrase= --pbkdf= --pbkdf-iterations=int --pbkdf-memory=int --pbkdf-time=int --recommended --resize --size=int --type= --usepart=
partition RHEL9,RHEL10,F34-40 - --asprimary --backuppassphrase --cipher= --encrypted --escrowcert= --fsoptions= --fsprofile= --fstype= --grow --hibernation --label= --luks-version= --maxsize=int --mkfsoptions= --noformat --onbiosdisk= --ondisk= --ondrive= --onpart= --passphrase= --pbkdf= --pbkdf-iterations=int --pbkdf-memory=int --pbkdf-time=int --recommended --resize --size=int --type= --usepart=
partition F20-22 - --active --asprimary --backuppassphrase --cipher= --encrypted --escrowcert= --fsoptions= --fsprofile= --fstype= --grow --hibernation --label= --maxsize=int --noformat --onbiosdisk= --ondisk= --ondrive= --onpart= --passphrase= --recommended --resize --size=int --type= --usepart=
partition F41-45 - --asprimary --backuppassphrase --cipher= --encrypted --escrowcert= --fsoptions= --fsprofile= --fstype= --grow --hibernation --hw-passphrase= --label= --luks-version= --maxsize=int --mkfsoptions= --noformat --onbiosdisk= --ondisk= --ondrive= --onpart= --passphrase= --pbkdf= --pbkdf-iterations=int --pbkdf-memory=int --pbkdf-time=int --recommended --resize --size=int --type= --usepart=
poweroff RHEL5,RHEL6,RHEL7,F20-22 - --eject
poweroff RHEL8,RHEL9,RHEL10,F23-45 - --eject --kexec
raid RHEL5 - --bytes-per-inode=int --device=! --encrypted --fsoptions= --fstype= --level= --noformat --passphrase= --spares=int --useexisting
raid RHEL6 - --backuppassphrase --bytes-per-inode=~ --cipher= --device=! --encrypted --escrowcert= --fsoptions= --fsprofile= --fstype= --level= --noformat --passphrase= --spares=int --useexisting
raid RHEL7,F25-28 - --backuppassphrase --chunksize=int --cipher= --device=! --encrypted --escrowcert= --fsoptions= --fsprofile= --fstype= --label= --level= --mkfsoptions= --noformat --passphrase= --spares=int --useexisting
raid RHEL8,RHEL9,RHEL10,F29-45 - --backuppassphrase --chunksize=int --cipher= --device=! --encrypted --escrowcert= --fsoptions= --fsprofile= --fstype= --label= --level= --luks-version= --mkfsoptions= --noformat --passphrase= --pbkdf= --pbkdf-iterations=int --pbkdf-memory=int --pbkdf-time=int --spares=int --useexisting
raid F20-22 - --backuppassphrase --cipher= --device=! --encrypted --escrowcert= --fsoptions= --fsprofile= --fstype= --label= --level= --noformat --passphrase= --spares=int --useexisting
raid F23-24 - --backuppassphrase --cipher= --device=! --encrypted --escrowcert= --fsoptions= --fsprofile= --fstype= --label= --level= --mkfsoptions= --noformat --passphrase= --spares=int --useexisting
rdp RHEL10,F43-45 - --password= --username=
realm RHEL7,RHEL8,RHEL9,RHEL10,F20-45 -
reboot RHEL5,RHEL6,RHEL7,F20-22 - --eject
reboot RHEL8,RHEL9,RHEL10,F23-45 - --eject --kexec
repo RHEL5 - --baseurl= --mirrorlist= --name=!
repo RHEL6,F20 - --baseurl= --cost=int --excludepkgs= --ignoregroups= --includepkgs= --mirrorlist= --name=! --noverifyssl --proxy=
repo RHEL7,F21-26 - --baseurl= --cost=int --excludepkgs= --ignoregroups= --includepkgs= --install --mirrorlist= --name=! --noverifyssl --proxy=
repo RHEL8,F30-32 - --baseurl= --cost=int --excludepkgs= --ignoregroups= --includepkgs= --install --metalink= --mirrorlist= --name=! --noverifyssl --proxy= --sslcacert= --sslclientcert= --sslclientkey=
repo RHEL9,F33-39 - --baseurl= --cost=int --excludepkgs= --ignoregroups=~ --includepkgs= --install --metalink= --mirrorlist= --name=! --noverifyssl --proxy= --sslcacert= --sslclientcert= --sslclientkey=
repo RHEL10,F40-45 - --baseurl= --cost=int --excludepkgs= --includepkgs= --install --metalink= --mirrorlist= --name=! --noverifyssl --proxy= --sslcacert= --sslclientcert= --sslclientkey=
repo F27-29 - --baseurl= --cost=int --excludepkgs= --ignoregroups= --includepkgs= --install --metalink= --mirrorlist= --name=! --noverifyssl --proxy=
reqpart RHEL7,RHEL8,RHEL9,RHEL10,F23-45 - --add-boot
rescue RHEL6,RHEL7,RHEL8,RHEL9,RHEL10,F20-45 - --nomount --romount
rhsm RHEL8,RHEL9 - --activation-key=! --connect-to-insights --organization=! --proxy= --rhsm-baseurl= --server-hostname=
rhsm RHEL10 - --activation-key=! --connect-to-insights --flatpak-registry-url= --organization=! --proxy= --rhsm-baseurl= --server-hostname=
rootpw RHEL5 - --iscrypted
rootpw RHEL6,RHEL7,RHEL8,F20-36 - --iscrypted --lock --plaintext
rootpw RHEL9,RHEL10,F37-45 - --allow-ssh --iscrypted --lock --plaintext
selinux RHEL5,RHEL6,RHEL7,RHEL8,RHEL9,RHEL10,F20-45 - --disabled --enforcing --permissive
services RHEL5,RHEL6,RHEL7,RHEL8,RHEL9,RHEL10,F20-45 - --disabled= --enabled=
shutdown RHEL5,RHEL6,RHEL7,F20-22 - --eject
shutdown RHEL8,RHEL9,RHEL10,F23-45 - --eject --kexec
skipx RHEL5,RHEL6,RHEL7,RHEL8,RHEL9,RHEL10,F20-45 -
snapshot RHEL7,RHEL8,RHEL9,RHEL10,F26-45 - --name=! --when=!
sshkey RHEL8,RHEL9,RHEL10,F22-45 - --username=!
sshpw RHEL6,RHEL7,F20-23 - --iscrypted --lock --plaintext --username=!
sshpw RHEL8,RHEL9,RHEL10,F24-45 - --iscrypted --lock --plaintext --sshkey --username=!
syspurpose RHEL8,RHEL9,RHEL10 - --addon= --role= --sla= --usage=
text RHEL5,RHEL6,RHEL7,F20-25 -
text RHEL8,RHEL9,RHEL10,F26-45 - --non-interactive
timesource RHEL9,RHEL10,F33-45 - --ntp-disable --ntp-pool= --ntp-server= --nts
timezone RHEL5,RHEL6 - --isUtc --utc
timezone RHEL7,RHEL8,RHEL9,F20-39 - --isUtc --nontp --ntpservers= --utc
timezone RHEL10 - --utc
timezone F40-45 - --isUtc~ --nontp~ --ntpservers=~ --utc
unsupported_hardware RHEL6,RHEL7 -
updates RHEL6,RHEL7,RHEL8,RHEL9,RHEL10,F20-45 -
upgrade RHEL5 -
upgrade RHEL6 - --root-device=
upgrade RHEL7,F20-28 deprecated --root-device=
upgrade F29 removed --root-device=
url RHEL5 - --url=!
url RHEL6 - --noverifyssl --proxy= --url=!
url RHEL7,F20-26 - --mirrorlist= --noverifyssl --proxy= --url=
url RHEL8,RHEL9,RHEL10,F30-45 - --metalink= --mirrorlist= --noverifyssl --proxy= --sslcacert= --sslclientcert= --sslclientkey= --url=
url F27-29 - --metalink= --mirrorlist= --noverifyssl --proxy= --url=
user RHEL5 - --groups= --homedir= --iscrypted --name=! --password= --shell= --uid=int
user RHEL6 - --gecos= --groups= --homedir= --iscrypted --lock --name=! --password= --plaintext --shell= --uid=int
user RHEL7,RHEL8,RHEL9,RHEL10,F20-45 - --gecos= --gid=int --groups= --homedir= --iscrypted --lock --name=! --password= --plaintext --shell= --uid=int
vnc RHEL5 - --connect= --host= --password= --port=
vnc RHEL6,RHEL7,RHEL8,RHEL9,F20-42 - --host= --password= --port=
vnc RHEL10,F43-44 deprecated --host= --password= --port=
vnc F45 removed --host= --password= --port=
volgroup RHEL5 - --noformat --pesize=int --useexisting
volgroup RHEL6,RHEL7,RHEL8,RHEL9,RHEL10,F20-45 - --noformat --pesize=int --reserved-percent=int --reserved-space=int --useexisting
xconfig RHEL5 - --card=~ --defaultdesktop= --depth=int --driver= --hsync=~ --monitor=~ --noprobe=~ --resolution= --startxonboot --videoram= --vsync=~
xconfig RHEL6 - --defaultdesktop= --depth=~ --driver=~ --resolution=~ --startxonboot --videoram=~
xconfig RHEL7,RHEL8,RHEL9,RHEL10,F20-45 - --defaultdesktop= --startxonboot
zerombr RHEL5,RHEL6,RHEL7,RHEL8,RHEL9,RHEL10,F20-45 -
zfcp RHEL5 - --devnum=! --fcplun=! --scsiid=! --scsilun=! --wwpn=!
zfcp RHEL6 - --devnum=! --fcplun=! --scsiid=~ --scsilun=~ --wwpn=!
zfcp RHEL7,RHEL8,F20-36 - --devnum=! --fcplun=! --wwpn=!
zfcp RHEL9,RHEL10,F37-45 - --devnum=! --fcplun= --wwpn=
zipl RHEL8,RHEL9,RHEL10,F32-45 - --force-secure-boot --no-secure-boot --secure-boot
`;
