/**
 * What a key may hold, one a line: path (`*` any key, `[]` each item, `!` required), types, `closed` where no other key
 * is known, and the values of a closed choice as JSON. Over 400 lines: tables of whole schemas, a key a line.
 */

/** Ubuntu's autoinstall. Gathered from subiquity's autoinstall-schema.json (https://github.com/canonical/subiquity). */
export const AUTOINSTALL_TABLE = `
. object
active-directory object closed
active-directory/admin-name string
active-directory/domain-name string
apt object
apt/disable_components array
apt/disable_components/[] string ["universe","multiverse","restricted","contrib","non-free"]
apt/fallback string ["abort","continue-anyway","offline-install"]
apt/geoip boolean
apt/mirror-selection object
apt/mirror-selection/primary array
apt/mirror-selection/primary/[] object|string
apt/mirror-selection/primary/[]/arches array
apt/mirror-selection/primary/[]/arches/[] string
apt/mirror-selection/primary/[]/uri! string
apt/preferences array
apt/preferences/[] object
apt/preferences/[]/package! string
apt/preferences/[]/pin! string
apt/preferences/[]/pin-priority! integer
apt/preserve_sources_list boolean
apt/primary array
apt/primary/[] any
apt/sources object
codecs object
codecs/install boolean
debconf-selections string
drivers object
drivers/install boolean
early-commands array
early-commands/[] array|string
early-commands/[]/[] string
error-commands array
error-commands/[] array|string
error-commands/[]/[] string
identity object closed
identity/groups array|object
identity/groups/append array
identity/groups/append/[] string
identity/groups/override array
identity/groups/override/[] string
identity/groups/[] string
identity/hostname! string
identity/password! string
identity/realname string
identity/username! string
interactive-sections array
interactive-sections/[] string
kernel object
kernel/flavor string
kernel/package string
kernel-crash-dumps object closed
kernel-crash-dumps/enabled! boolean|null
keyboard object closed
keyboard/layout! string
keyboard/toggle null|string
keyboard/variant string
late-commands array
late-commands/[] array|string
late-commands/[]/[] string
locale string
network object
network/bonds object
network/bridges object
network/ethernets object
network/ethernets/match object closed
network/ethernets/match/driver string
network/ethernets/match/macaddress string
network/ethernets/match/name string
network/network object
network/network/bonds object
network/network/bridges object
network/network/ethernets object
network/network/ethernets/match object closed
network/network/ethernets/match/driver string
network/network/ethernets/match/macaddress string
network/network/ethernets/match/name string
network/network/tunnels object
network/network/version! integer
network/network/vlans object
network/network/wifis object
network/network/wifis/match object closed
network/network/wifis/match/driver string
network/network/wifis/match/macaddress string
network/network/wifis/match/name string
network/tunnels object
network/version integer
network/vlans object
network/wifis object
network/wifis/match object closed
network/wifis/match/driver string
network/wifis/match/macaddress string
network/wifis/match/name string
oem object
oem/install! boolean|string
packages array
packages/[] string
proxy null|string
refresh-installer object closed
refresh-installer/channel string
refresh-installer/update boolean
reporting object
reporting/* object
reporting/*/type! string
shutdown string ["reboot","poweroff"]
snaps array
snaps/[] object closed
snaps/[]/channel string
snaps/[]/classic boolean
snaps/[]/name! string
source object
source/id string
source/search_drivers boolean
ssh object
ssh/allow-pw boolean
ssh/authorized-keys array
ssh/authorized-keys/[] string
ssh/install-server boolean
storage object
timezone string
ubuntu-advantage object
ubuntu-advantage/token string
ubuntu-pro object
ubuntu-pro/token string
updates string ["security","all"]
user-data object
version! integer
zdevs array
zdevs/[] object
zdevs/[]/enabled boolean
zdevs/[]/id string
`;

/** Cloud-init's user-data. Gathered from its schema-cloud-config-v1.json (https://github.com/canonical/cloud-init). */
export const CLOUD_CONFIG_TABLE = `
. object closed
allow_public_ssh_keys boolean
ansible object closed
ansible/ansible_config string
ansible/galaxy object closed
ansible/galaxy/actions! array
ansible/galaxy/actions/[] array
ansible/galaxy/actions/[]/[] string
ansible/install_method string ["distro","pip"]
ansible/package_name string
ansible/pull array|object
ansible/pull/accept_host_key boolean
ansible/pull/checkout string
ansible/pull/clean boolean
ansible/pull/connection string
ansible/pull/diff boolean
ansible/pull/full boolean
ansible/pull/inventory string
ansible/pull/module_name string
ansible/pull/module_path string
ansible/pull/playbook_name string
ansible/pull/playbook_names array
ansible/pull/playbook_names/[] string
ansible/pull/private_key string
ansible/pull/scp_extra_args string
ansible/pull/sftp_extra_args string
ansible/pull/skip_tags string
ansible/pull/sleep string
ansible/pull/ssh_common_args string
ansible/pull/tags string
ansible/pull/timeout string
ansible/pull/url string
ansible/pull/vault_id string
ansible/pull/vault_password_file string
ansible/pull/verify_commit boolean
ansible/pull/[] object
ansible/pull/[]/accept_host_key boolean
ansible/pull/[]/checkout string
ansible/pull/[]/clean boolean
ansible/pull/[]/connection string
ansible/pull/[]/diff boolean
ansible/pull/[]/full boolean
ansible/pull/[]/inventory string
ansible/pull/[]/module_name string
ansible/pull/[]/module_path string
ansible/pull/[]/playbook_name string
ansible/pull/[]/playbook_names array
ansible/pull/[]/playbook_names/[] string
ansible/pull/[]/private_key string
ansible/pull/[]/scp_extra_args string
ansible/pull/[]/sftp_extra_args string
ansible/pull/[]/skip_tags string
ansible/pull/[]/sleep string
ansible/pull/[]/ssh_common_args string
ansible/pull/[]/tags string
ansible/pull/[]/timeout string
ansible/pull/[]/url string
ansible/pull/[]/vault_id string
ansible/pull/[]/vault_password_file string
ansible/pull/[]/verify_commit boolean
ansible/run_user string
ansible/setup_controller object closed
ansible/setup_controller/repositories array
ansible/setup_controller/repositories/[] object closed
ansible/setup_controller/repositories/[]/path! string
ansible/setup_controller/repositories/[]/source! string
ansible/setup_controller/run_ansible array
ansible/setup_controller/run_ansible/[] object
ansible/setup_controller/run_ansible/[]/args string
ansible/setup_controller/run_ansible/[]/background number
ansible/setup_controller/run_ansible/[]/become_password_file string
ansible/setup_controller/run_ansible/[]/check boolean
ansible/setup_controller/run_ansible/[]/connection string
ansible/setup_controller/run_ansible/[]/connection_password_file string
ansible/setup_controller/run_ansible/[]/diff boolean
ansible/setup_controller/run_ansible/[]/extra_vars string
ansible/setup_controller/run_ansible/[]/forks number
ansible/setup_controller/run_ansible/[]/inventory string
ansible/setup_controller/run_ansible/[]/list_hosts boolean
ansible/setup_controller/run_ansible/[]/module_name string
ansible/setup_controller/run_ansible/[]/module_path string
ansible/setup_controller/run_ansible/[]/playbook_dir string
ansible/setup_controller/run_ansible/[]/playbook_name string
ansible/setup_controller/run_ansible/[]/poll number
ansible/setup_controller/run_ansible/[]/private_key string
ansible/setup_controller/run_ansible/[]/scp_extra_args string
ansible/setup_controller/run_ansible/[]/sftp_extra_args string
ansible/setup_controller/run_ansible/[]/skip_tags string
ansible/setup_controller/run_ansible/[]/sleep string
ansible/setup_controller/run_ansible/[]/syntax_check boolean
ansible/setup_controller/run_ansible/[]/tags string
ansible/setup_controller/run_ansible/[]/timeout number
ansible/setup_controller/run_ansible/[]/vault_id string
ansible/setup_controller/run_ansible/[]/vault_password_file string
apk_repos object closed
apk_repos/alpine_repo null|object closed
apk_repos/alpine_repo/base_url string
apk_repos/alpine_repo/community_enabled boolean
apk_repos/alpine_repo/testing_enabled boolean
apk_repos/alpine_repo/version! string
apk_repos/local_repo_base_url string
apk_repos/preserve_repositories boolean
apt object closed
apt/add_apt_repo_match string
apt/conf string
apt/debconf_selections object
apt/debconf_selections/* string
apt/disable_suites array
apt/disable_suites/[] string
apt/ftp_proxy string
apt/http_proxy string
apt/https_proxy string
apt/preserve_sources_list boolean
apt/primary array
apt/primary/[] object closed
apt/primary/[]/arches! array
apt/primary/[]/arches/[] string
apt/primary/[]/key string
apt/primary/[]/keyid string
apt/primary/[]/keyserver string
apt/primary/[]/search array
apt/primary/[]/search/[] string
apt/primary/[]/search_dns boolean
apt/primary/[]/uri string
apt/proxy string
apt/security array
apt/security/[] object closed
apt/security/[]/arches! array
apt/security/[]/arches/[] string
apt/security/[]/key string
apt/security/[]/keyid string
apt/security/[]/keyserver string
apt/security/[]/search array
apt/security/[]/search/[] string
apt/security/[]/search_dns boolean
apt/security/[]/uri string
apt/sources object
apt/sources/* object closed
apt/sources/*/append boolean
apt/sources/*/filename string
apt/sources/*/key string
apt/sources/*/keyid string
apt/sources/*/keyserver string
apt/sources/*/source string
apt/sources_list string
apt_pipelining boolean|integer|string
apt_reboot_if_required boolean
apt_update boolean
apt_upgrade boolean
authkey_hash string
autoinstall object
autoinstall/version! integer
bootcmd array
bootcmd/[] array|string
bootcmd/[]/[] string
byobu_by_default string ["enable-system","enable-user","disable-system","disable-user","enable","disable","user","system"]
ca-certs any
ca_certs object closed
ca_certs/remove-defaults boolean
ca_certs/remove_defaults boolean
ca_certs/trusted array
ca_certs/trusted/[] string
chef object closed
chef/chef_license string ["accept","accept-silent","accept-no-persist"]
chef/client_key string
chef/config_path string
chef/directories array
chef/directories/[] string
chef/encrypted_data_bag_secret string
chef/environment string
chef/exec boolean
chef/file_backup_path string
chef/file_cache_path string
chef/firstboot_path string
chef/force_install boolean
chef/initial_attributes object
chef/install_type string ["packages","gems","omnibus"]
chef/json_attribs string
chef/log_level string
chef/log_location string
chef/node_name string
chef/omnibus_url string
chef/omnibus_url_retries integer
chef/omnibus_version string
chef/pid_file string
chef/run_list array
chef/run_list/[] string
chef/server_url string
chef/show_time boolean
chef/ssl_verify_mode string
chef/validation_cert string
chef/validation_key string
chef/validation_name string
chpasswd object closed
chpasswd/expire boolean
chpasswd/list array|string
chpasswd/list/[] string
chpasswd/users array
chpasswd/users/[] object closed
chpasswd/users/[]/name! string
chpasswd/users/[]/password string
chpasswd/users/[]/type string ["RANDOM","hash","text"]
cloud_config_modules array
cloud_config_modules/[] array|string ["ansible","apk-configure","apk_configure","apt-configure","apt_configure","apt-pipelining","apt_pipelining","bootcmd","byobu","ca-certs","ca_certs","chef","disable-ec2-metadata","disable_ec2_metadata","disk-setup","disk_setup","fan","final-message","final_message","growpart","grub-dpkg","grub_dpkg","install-hotplug","install_hotplug","keyboard","keys-to-console","keys_to_console","landscape","locale","lxd","mcollective","mounts","ntp","package-update-upgrade-install","package_update_upgrade_install","phone-home","phone_home","power-state-change","power_state_change","puppet","raspberry_pi","reset-rmc","reset_rmc","resizefs","resolv-conf","resolv_conf","rh-subscription","rh_subscription","rsyslog","runcmd","salt-minion","salt_minion","scripts-per-boot","scripts_per_boot","scripts-per-instance","scripts_per_instance","scripts-per-once","scripts_per_once","scripts-user","scripts_user","scripts-vendor","scripts_vendor","seed-random","seed_random","set-hostname","set_hostname","set-passwords","set_passwords","snap","spacewalk","ssh","ssh-authkey-fingerprints","ssh_authkey_fingerprints","ssh-import-id","ssh_import_id","timezone","ubuntu-advantage","ubuntu_advantage","ubuntu-autoinstall","ubuntu_autoinstall","ubuntu-drivers","ubuntu_drivers","ubuntu_pro","update-etc-hosts","update_etc_hosts","update-hostname","update_hostname","users-groups","users_groups","wireguard","write-files","write_files","write-files-deferred","write_files_deferred","yum-add-repo","yum_add_repo","zypper-add-repo","zypper_add_repo"]
cloud_config_modules/[]/[] any
cloud_final_modules array
cloud_final_modules/[] array|string ["ansible","apk-configure","apk_configure","apt-configure","apt_configure","apt-pipelining","apt_pipelining","bootcmd","byobu","ca-certs","ca_certs","chef","disable-ec2-metadata","disable_ec2_metadata","disk-setup","disk_setup","fan","final-message","final_message","growpart","grub-dpkg","grub_dpkg","install-hotplug","install_hotplug","keyboard","keys-to-console","keys_to_console","landscape","locale","lxd","mcollective","mounts","ntp","package-update-upgrade-install","package_update_upgrade_install","phone-home","phone_home","power-state-change","power_state_change","puppet","raspberry_pi","reset-rmc","reset_rmc","resizefs","resolv-conf","resolv_conf","rh-subscription","rh_subscription","rsyslog","runcmd","salt-minion","salt_minion","scripts-per-boot","scripts_per_boot","scripts-per-instance","scripts_per_instance","scripts-per-once","scripts_per_once","scripts-user","scripts_user","scripts-vendor","scripts_vendor","seed-random","seed_random","set-hostname","set_hostname","set-passwords","set_passwords","snap","spacewalk","ssh","ssh-authkey-fingerprints","ssh_authkey_fingerprints","ssh-import-id","ssh_import_id","timezone","ubuntu-advantage","ubuntu_advantage","ubuntu-autoinstall","ubuntu_autoinstall","ubuntu-drivers","ubuntu_drivers","ubuntu_pro","update-etc-hosts","update_etc_hosts","update-hostname","update_hostname","users-groups","users_groups","wireguard","write-files","write_files","write-files-deferred","write_files_deferred","yum-add-repo","yum_add_repo","zypper-add-repo","zypper_add_repo"]
cloud_final_modules/[]/[] any
cloud_init_modules array
cloud_init_modules/[] array|string ["ansible","apk-configure","apk_configure","apt-configure","apt_configure","apt-pipelining","apt_pipelining","bootcmd","byobu","ca-certs","ca_certs","chef","disable-ec2-metadata","disable_ec2_metadata","disk-setup","disk_setup","fan","final-message","final_message","growpart","grub-dpkg","grub_dpkg","install-hotplug","install_hotplug","keyboard","keys-to-console","keys_to_console","landscape","locale","lxd","mcollective","mounts","ntp","package-update-upgrade-install","package_update_upgrade_install","phone-home","phone_home","power-state-change","power_state_change","puppet","raspberry_pi","reset-rmc","reset_rmc","resizefs","resolv-conf","resolv_conf","rh-subscription","rh_subscription","rsyslog","runcmd","salt-minion","salt_minion","scripts-per-boot","scripts_per_boot","scripts-per-instance","scripts_per_instance","scripts-per-once","scripts_per_once","scripts-user","scripts_user","scripts-vendor","scripts_vendor","seed-random","seed_random","set-hostname","set_hostname","set-passwords","set_passwords","snap","spacewalk","ssh","ssh-authkey-fingerprints","ssh_authkey_fingerprints","ssh-import-id","ssh_import_id","timezone","ubuntu-advantage","ubuntu_advantage","ubuntu-autoinstall","ubuntu_autoinstall","ubuntu-drivers","ubuntu_drivers","ubuntu_pro","update-etc-hosts","update_etc_hosts","update-hostname","update_hostname","users-groups","users_groups","wireguard","write-files","write_files","write-files-deferred","write_files_deferred","yum-add-repo","yum_add_repo","zypper-add-repo","zypper_add_repo"]
cloud_init_modules/[]/[] any
create_hostname_file boolean
device_aliases object
device_aliases/* string
disable_ec2_metadata boolean
disable_root boolean
disable_root_opts string
disk_setup object
disk_setup/* object closed
disk_setup/*/layout array|boolean|string
disk_setup/*/layout/[] array|integer
disk_setup/*/layout/[]/[] integer|string
disk_setup/*/overwrite boolean
disk_setup/*/table_type string ["mbr","gpt"]
drivers object closed
drivers/nvidia object closed
drivers/nvidia/license-accepted! boolean
drivers/nvidia/version string
fan object closed
fan/config! string
fan/config_path string
final_message string
fqdn string
fs_setup array
fs_setup/[] object closed
fs_setup/[]/cmd array|string
fs_setup/[]/cmd/[] string
fs_setup/[]/device string
fs_setup/[]/extra_opts array|string
fs_setup/[]/extra_opts/[] string
fs_setup/[]/filesystem string
fs_setup/[]/label string
fs_setup/[]/overwrite boolean
fs_setup/[]/partition integer|string
fs_setup/[]/replace_fs string
groups array|object|string
groups/* array|string
groups/*/[] string
groups/[] object|string
groups/[]/* array|string
groups/[]/*/[] string
growpart object closed
growpart/devices array
growpart/devices/[] string
growpart/ignore_growroot_disabled boolean
growpart/mode boolean|string ["auto","growpart","gpart","off",false]
grub-dpkg object
grub_dpkg object closed
grub_dpkg/enabled boolean
grub_dpkg/grub-efi/install_devices string
grub_dpkg/grub-pc/install_devices string
grub_dpkg/grub-pc/install_devices_empty boolean|string
hostname string
keyboard object closed
keyboard/layout! string
keyboard/model string
keyboard/options string
keyboard/variant string
landscape object closed
landscape/client! object
landscape/client/account_name! string
landscape/client/computer_title! string
landscape/client/data_path string
landscape/client/http_proxy string
landscape/client/https_proxy string
landscape/client/log_level string ["debug","info","warning","error","critical"]
landscape/client/ping_url string
landscape/client/registration_key string
landscape/client/tags string
landscape/client/url string
launch-index integer
locale boolean|string
locale_configfile string
lxd object closed
lxd/bridge object closed
lxd/bridge/domain string
lxd/bridge/ipv4_address string
lxd/bridge/ipv4_dhcp_first string
lxd/bridge/ipv4_dhcp_last string
lxd/bridge/ipv4_dhcp_leases integer
lxd/bridge/ipv4_nat boolean
lxd/bridge/ipv4_netmask integer
lxd/bridge/ipv6_address string
lxd/bridge/ipv6_nat boolean
lxd/bridge/ipv6_netmask integer
lxd/bridge/mode! string ["none","existing","new"]
lxd/bridge/mtu integer
lxd/bridge/name string
lxd/init object closed
lxd/init/network_address string
lxd/init/network_port integer
lxd/init/storage_backend string ["zfs","dir","lvm","btrfs"]
lxd/init/storage_create_device string
lxd/init/storage_create_loop integer
lxd/init/storage_pool string
lxd/init/trust_password string
lxd/preseed string
manage_etc_hosts boolean|string [true,false,"localhost","template"]
manage_resolv_conf boolean
mcollective object closed
mcollective/conf object
mcollective/conf/private-cert string
mcollective/conf/public-cert string
mcollective/conf/* boolean|integer|string
merge_how array|string
merge_how/[] object closed
merge_how/[]/name! string ["list","dict","str"]
merge_how/[]/settings! array
merge_how/[]/settings/[] string ["allow_delete","no_replace","replace","append","prepend","recurse_dict","recurse_list","recurse_array","recurse_str"]
merge_type array|string
merge_type/[] object closed
merge_type/[]/name! string ["list","dict","str"]
merge_type/[]/settings! array
merge_type/[]/settings/[] string ["allow_delete","no_replace","replace","append","prepend","recurse_dict","recurse_list","recurse_array","recurse_str"]
migrate any
mount_default_fields array
mount_default_fields/[] null|string
mounts array
mounts/[] array
mounts/[]/[] string
no_ssh_fingerprints boolean
ntp null|object closed
ntp/allow array
ntp/allow/[] string
ntp/config object closed
ntp/config/check_exe string
ntp/config/confpath string
ntp/config/packages array
ntp/config/packages/[] string
ntp/config/service_name string
ntp/config/template string
ntp/enabled boolean
ntp/ntp_client string
ntp/peers array
ntp/peers/[] string
ntp/pools array
ntp/pools/[] string
ntp/servers array
ntp/servers/[] string
output object closed
output/all array|object|string closed
output/all/error string
output/all/output string
output/all/[] string
output/config array|object|string closed
output/config/error string
output/config/output string
output/config/[] string
output/final array|object|string closed
output/final/error string
output/final/output string
output/final/[] string
output/init array|object|string closed
output/init/error string
output/init/output string
output/init/[] string
package_reboot_if_required boolean
package_update boolean
package_upgrade boolean
packages array
packages/[] array|object|string closed
packages/[]/apt array
packages/[]/apt/[] array|string
packages/[]/apt/[]/[] string
packages/[]/snap array
packages/[]/snap/[] array|string
packages/[]/snap/[]/[] string
packages/[]/[] string
password string
phone_home object closed
phone_home/post array|string ["all"]
phone_home/post/[] string ["pub_key_rsa","pub_key_ecdsa","pub_key_ed25519","instance_id","hostname","fqdn"]
phone_home/tries integer
phone_home/url! string
power_state object closed
power_state/condition array|boolean|string
power_state/condition/[] any
power_state/delay integer|string
power_state/message string
power_state/mode! string ["poweroff","reboot","halt"]
power_state/timeout integer
prefer_fqdn_over_hostname boolean
preserve_hostname boolean
puppet object closed
puppet/aio_install_url string
puppet/cleanup boolean
puppet/collection string
puppet/conf object closed
puppet/conf/agent object
puppet/conf/ca_cert string
puppet/conf/main object
puppet/conf/server object
puppet/conf/user object
puppet/conf_file string
puppet/csr_attributes object closed
puppet/csr_attributes/custom_attributes object
puppet/csr_attributes/extension_requests object
puppet/csr_attributes_path string
puppet/exec boolean
puppet/exec_args array
puppet/exec_args/[] string
puppet/install boolean
puppet/install_type string ["packages","aio"]
puppet/package_name string
puppet/ssl_dir string
puppet/start_service boolean
puppet/version string
random_seed object closed
random_seed/command array
random_seed/command/[] string
random_seed/command_required boolean
random_seed/data string
random_seed/encoding string ["raw","base64","b64","gzip","gz"]
random_seed/file string
reporting object
reporting/* object closed
reporting/*/consumer_key string
reporting/*/consumer_secret string
reporting/*/endpoint string
reporting/*/event_types array
reporting/*/event_types/[] string
reporting/*/kvp_file_path string
reporting/*/level string ["DEBUG","INFO","WARN","ERROR","FATAL"]
reporting/*/retries integer
reporting/*/timeout number
reporting/*/token_key string
reporting/*/token_secret string
reporting/*/type! string ["log","print","webhook","hyperv"]
resize_rootfs boolean|string [true,false,"noblock"]
resolv_conf object closed
resolv_conf/domain string
resolv_conf/nameservers array
resolv_conf/nameservers/[] any
resolv_conf/options object
resolv_conf/searchdomains array
resolv_conf/searchdomains/[] any
resolv_conf/sortlist array
resolv_conf/sortlist/[] any
rh_subscription object
rh_subscription/activation-key string
rh_subscription/activation_key string
rh_subscription/add-pool array
rh_subscription/add-pool/[] string
rh_subscription/add_pool array
rh_subscription/add_pool/[] string
rh_subscription/auto-attach boolean
rh_subscription/auto_attach boolean
rh_subscription/disable-repo array
rh_subscription/disable-repo/[] string
rh_subscription/disable_repo array
rh_subscription/disable_repo/[] string
rh_subscription/enable-repo array
rh_subscription/enable-repo/[] string
rh_subscription/enable_repo array
rh_subscription/enable_repo/[] string
rh_subscription/org integer|string
rh_subscription/password string
rh_subscription/release_version string
rh_subscription/rhsm-baseurl string
rh_subscription/rhsm_baseurl string
rh_subscription/server-hostname string
rh_subscription/server_hostname string
rh_subscription/service-level string
rh_subscription/service_level string
rh_subscription/username string
rpi object
rpi/enable_usb_gadget boolean
rpi/interfaces object
rpi/interfaces/i2c boolean
rpi/interfaces/onewire boolean
rpi/interfaces/serial boolean|object
rpi/interfaces/serial/console boolean
rpi/interfaces/serial/hardware boolean
rpi/interfaces/spi boolean
rsyslog object closed
rsyslog/check_exe string
rsyslog/config_dir string
rsyslog/config_filename string
rsyslog/configs array
rsyslog/configs/[] object|string closed
rsyslog/configs/[]/content! string
rsyslog/configs/[]/filename string
rsyslog/install_rsyslog boolean
rsyslog/packages array
rsyslog/packages/[] string
rsyslog/remotes object
rsyslog/service_reload_command array|string ["auto"]
rsyslog/service_reload_command/[] string
runcmd array
runcmd/[] array|null|string
runcmd/[]/[] string
salt_minion object closed
salt_minion/conf object
salt_minion/config_dir string
salt_minion/grains object
salt_minion/pkg_name string
salt_minion/pki_dir string
salt_minion/private_key string
salt_minion/public_key string
salt_minion/service_name string
snap object closed
snap/assertions array|object
snap/assertions/* string
snap/assertions/[] string
snap/commands array|object
snap/commands/* array|string
snap/commands/*/[] string
snap/commands/[] array|string
snap/commands/[]/[] string
spacewalk object closed
spacewalk/activation_key string
spacewalk/proxy string
spacewalk/server string
ssh object closed
ssh/emit_keys_to_console! boolean
ssh_authorized_keys array
ssh_authorized_keys/[] string
ssh_deletekeys boolean
ssh_fp_console_blacklist array
ssh_fp_console_blacklist/[] string
ssh_genkeytypes array
ssh_genkeytypes/[] string ["ecdsa","ed25519","rsa"]
ssh_import_id array
ssh_import_id/[] string
ssh_key_console_blacklist array
ssh_key_console_blacklist/[] string
ssh_keys object
ssh_keys/* string
ssh_publish_hostkeys object closed
ssh_publish_hostkeys/blacklist array
ssh_publish_hostkeys/blacklist/[] string
ssh_publish_hostkeys/enabled boolean
ssh_pwauth boolean|string
ssh_quiet_keygen boolean
swap object closed
swap/filename string
swap/maxsize integer|string
swap/size integer|string
system_info object
timezone string
ubuntu_advantage object closed
ubuntu_advantage/config object
ubuntu_advantage/config/global_apt_http_proxy null|string
ubuntu_advantage/config/global_apt_https_proxy null|string
ubuntu_advantage/config/http_proxy null|string
ubuntu_advantage/config/https_proxy null|string
ubuntu_advantage/config/ua_apt_http_proxy null|string
ubuntu_advantage/config/ua_apt_https_proxy null|string
ubuntu_advantage/enable array
ubuntu_advantage/enable/[] string
ubuntu_advantage/enable_beta array
ubuntu_advantage/enable_beta/[] string
ubuntu_advantage/features object closed
ubuntu_advantage/features/disable_auto_attach boolean
ubuntu_advantage/token string
ubuntu_pro object closed
ubuntu_pro/config object
ubuntu_pro/config/global_apt_http_proxy null|string
ubuntu_pro/config/global_apt_https_proxy null|string
ubuntu_pro/config/http_proxy null|string
ubuntu_pro/config/https_proxy null|string
ubuntu_pro/config/ua_apt_http_proxy null|string
ubuntu_pro/config/ua_apt_https_proxy null|string
ubuntu_pro/enable array
ubuntu_pro/enable/[] string
ubuntu_pro/enable_beta array
ubuntu_pro/enable_beta/[] string
ubuntu_pro/features object closed
ubuntu_pro/features/disable_auto_attach boolean
ubuntu_pro/token string
updates object closed
updates/network object closed
updates/network/when! array
updates/network/when/[] string ["boot-new-instance","boot-legacy","boot","hotplug"]
user object|string
user/create-groups boolean
user/create_groups boolean
user/doas array
user/doas/[] string
user/expiredate string
user/gecos string
user/groups array|object|string
user/groups/* null
user/groups/[] string
user/hashed-passwd string
user/hashed_passwd string
user/homedir string
user/inactive string
user/lock-passwd boolean
user/lock_passwd boolean
user/name string
user/no-create-home boolean
user/no-log-init boolean
user/no-user-group boolean
user/no_create_home boolean
user/no_log_init boolean
user/no_user_group boolean
user/passwd string
user/plain-text-passwd string
user/plain_text_passwd string
user/primary-group string
user/primary_group string
user/selinux-user string
user/selinux_user string
user/shell string
user/snapuser string
user/ssh-authorized-keys array
user/ssh-authorized-keys/[] string
user/ssh-import-id array
user/ssh-import-id/[] string
user/ssh-redirect-user boolean
user/ssh_authorized_keys array
user/ssh_authorized_keys/[] string
user/ssh_import_id array
user/ssh_import_id/[] string
user/ssh_redirect_user boolean
user/sudo array|boolean|null|string
user/sudo/[] null|string
user/system boolean
user/uid integer|string
users array|object|string
users/[] array|object|string
users/[]/create-groups boolean
users/[]/create_groups boolean
users/[]/doas array
users/[]/doas/[] string
users/[]/expiredate string
users/[]/gecos string
users/[]/groups array|object|string
users/[]/groups/* null
users/[]/groups/[] string
users/[]/hashed-passwd string
users/[]/hashed_passwd string
users/[]/homedir string
users/[]/inactive string
users/[]/lock-passwd boolean
users/[]/lock_passwd boolean
users/[]/name string
users/[]/no-create-home boolean
users/[]/no-log-init boolean
users/[]/no-user-group boolean
users/[]/no_create_home boolean
users/[]/no_log_init boolean
users/[]/no_user_group boolean
users/[]/passwd string
users/[]/plain-text-passwd string
users/[]/plain_text_passwd string
users/[]/primary-group string
users/[]/primary_group string
users/[]/selinux-user string
users/[]/selinux_user string
users/[]/shell string
users/[]/snapuser string
users/[]/ssh-authorized-keys array
users/[]/ssh-authorized-keys/[] string
users/[]/ssh-import-id array
users/[]/ssh-import-id/[] string
users/[]/ssh-redirect-user boolean
users/[]/ssh_authorized_keys array
users/[]/ssh_authorized_keys/[] string
users/[]/ssh_import_id array
users/[]/ssh_import_id/[] string
users/[]/ssh_redirect_user boolean
users/[]/sudo array|boolean|null|string
users/[]/sudo/[] null|string
users/[]/system boolean
users/[]/uid integer|string
users/[]/[] string
vendor_data object closed
vendor_data/enabled boolean|string
vendor_data/prefix array|string
vendor_data/prefix/[] integer|string
version any
wireguard null|object closed
wireguard/interfaces! array
wireguard/interfaces/[] object closed
wireguard/interfaces/[]/config_path string
wireguard/interfaces/[]/content string
wireguard/interfaces/[]/name string
wireguard/readinessprobe array
wireguard/readinessprobe/[] string
write_files array
write_files/[] object closed
write_files/[]/append boolean
write_files/[]/content string
write_files/[]/defer boolean
write_files/[]/encoding string ["gz","gzip","gz+base64","gzip+base64","gz+b64","gzip+b64","b64","base64","text/plain"]
write_files/[]/owner string
write_files/[]/path! string
write_files/[]/permissions string
write_files/[]/source object closed
write_files/[]/source/headers object
write_files/[]/source/headers/* string
write_files/[]/source/uri! string
yum_repo_dir string
yum_repos object
yum_repos/* object
yum_repos/*/baseurl string
yum_repos/*/enabled boolean
yum_repos/*/metalink string
yum_repos/*/mirrorlist string
yum_repos/*/name string
yum_repos/*/* boolean|integer|string
zypper object
zypper/config object
zypper/repos array
zypper/repos/[] object
zypper/repos/[]/baseurl! string
zypper/repos/[]/id! string
`;
