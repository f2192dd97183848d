#!/bin/sh
# Takes away what Ubuntu's installer left to cloud-init for this one machine, and says which clouds to look for.
set -eu
[ -d /etc/cloud/cloud.cfg.d ] || exit 0
cd /etc/cloud/cloud.cfg.d
# 99-installer.cfg holds the answers and turns every data source off; the network's file names this machine's card.
rm -f 99-installer.cfg 90-installer-network.cfg subiquity-disable-cloudinit-networking.cfg
rm -f /etc/netplan/00-installer-config.yaml /etc/cloud/cloud-init.disabled
echo 'datasource_list: [NoCloud, ConfigDrive, OpenStack, Ec2, Azure, GCE, VMware, None]' > 90_goldsmith.cfg
if [ ! -s /etc/netplan/50-cloud-init.yaml ]; then
	cat > /etc/netplan/60-any-card.yaml <<-'NETPLAN'
		network:
		  version: 2
		  ethernets:
		    any:
		      match: {name: "e*"}
		      dhcp4: true
	NETPLAN
	chmod 600 /etc/netplan/60-any-card.yaml
fi
