/**
 * cloud-init's network-config, in the form of cloud-tables.ts. Gathered from its schema-network-config-v1.json and
 * schema-network-config-v2.json (https://github.com/canonical/cloud-init), with netplan's further kinds of device.
 */
export const NETWORK_V1_TABLE = `
. object closed
version! integer [1]
config! array
config/[] object closed
config/[]/type! string ["physical","vlan","bond","bridge","nameserver","route","infiniband","loopback"]
config/[]/accept-ra boolean
config/[]/address array|string
config/[]/bond_interfaces array
config/[]/bond_interfaces/[] string
config/[]/bridge_interfaces array
config/[]/bridge_interfaces/[] string
config/[]/destination string
config/[]/gateway string
config/[]/id any
config/[]/interface string
config/[]/keep_configuration boolean
config/[]/mac_address string
config/[]/metric integer
config/[]/mtu integer|null
config/[]/name string
config/[]/netmask string
config/[]/network string
config/[]/params object
config/[]/search array|string
config/[]/subnets array
config/[]/subnets/[] object closed
config/[]/subnets/[]/address string
config/[]/subnets/[]/broadcast string
config/[]/subnets/[]/control string ["manual","auto","hotplug"]
config/[]/subnets/[]/dns_nameservers array|string
config/[]/subnets/[]/dns_search array|string
config/[]/subnets/[]/gateway string
config/[]/subnets/[]/ipv4 boolean
config/[]/subnets/[]/ipv6 boolean
config/[]/subnets/[]/metric integer
config/[]/subnets/[]/netmask string
config/[]/subnets/[]/routes array
config/[]/subnets/[]/routes/[] object closed
config/[]/subnets/[]/routes/[]/destination string
config/[]/subnets/[]/routes/[]/gateway string
config/[]/subnets/[]/routes/[]/metric integer
config/[]/subnets/[]/routes/[]/netmask string
config/[]/subnets/[]/routes/[]/network string
config/[]/subnets/[]/routes/[]/type string ["route"]
config/[]/subnets/[]/type! string ["dhcp4","dhcp","dhcp6","static","static6","ipv6_dhcpv6-stateful","ipv6_dhcpv6-stateless","ipv6_slaac","manual"]
config/[]/vlan_id integer
config/[]/vlan_link string
`;

/** Of every kind of device; `-overrides` and the like hold what the renderer reads. */
const DEVICE = `
accept-ra boolean
addresses array
addresses/[] any
critical boolean
dhcp-identifier string
dhcp4 boolean|string ["yes","no",true,false]
dhcp4-overrides object
dhcp6 boolean|string ["yes","no",true,false]
dhcp6-overrides object
emit-lldp boolean
gateway4 string
gateway6 string
id integer
interfaces array
interfaces/[] string
ipv6-privacy boolean
ignore-carrier boolean
link string
link-local array
local string
macaddress string
match object closed
match/driver any
match/macaddress string
match/name string
mode string
mtu integer
nameservers object closed
nameservers/addresses array
nameservers/addresses/[] string
nameservers/search array
nameservers/search/[] string
openvswitch object
optional boolean
optional-addresses array
parameters object
remote string
renderer string ["networkd","NetworkManager"]
routes array
routes/[] object
routes/[]/metric integer
routes/[]/to string
routes/[]/via string
routing-policy array
set-name string
wakeonlan boolean
access-points object
key any
table integer
port integer
`;

const KINDS = [
  'ethernets',
  'bonds',
  'bridges',
  'vlans',
  'wifis',
  'tunnels',
  'modems',
  'vrfs',
  'dummy-devices',
  'nm-devices',
];

const deviceLines = (kind: string): string =>
  [
    `${kind} object`,
    `${kind}/* object closed`,
    ...DEVICE.trim()
      .split('\n')
      .map(line => `${kind}/*/${line}`),
  ].join('\n');

export const NETWORK_V2_TABLE = `
. object closed
version! integer [2]
renderer string ["networkd","NetworkManager"]
openvswitch object
${KINDS.map(deviceLines).join('\n')}
`;

/** cloud-init's meta-data of NoCloud, as its documentation names the keys; others are handed on, so they are not refused. */
export const META_DATA_TABLE = `
. object
instance-id any
local-hostname string
hostname string
dsmode string ["net","local","pass","disabled"]
network-interfaces string
public-keys array|object|string
`;
