import { XMLBuilder } from 'fast-xml-parser';

/** The machine that an OVF describes. */
export interface OvfMachine {
  name: string;
  firmware: 'bios' | 'efi';
  /** `vssd:VirtualSystemType`: VMware's `vmx-N`, VirtualBox's `virtualbox-2.2`. */
  hardware: string;
  cpus: number;
  memoryMiB: number;
  network: 'E1000' | 'VmxNet3';
  disk: { file: string; fileBytes: number; capacityBytes: number };
}

/** CIM resource types (DMTF DSP0004, CIM_ResourceAllocationSettingData). */
const RESOURCE = { cpu: 3, memory: 4, nic: 10, disk: 17, sata: 20 } as const;
const STREAM_OPTIMIZED = 'http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized';
const RASD = 'http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData';
const VSSD = 'http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData';
const NAMESPACES = {
  '@_xmlns': 'http://schemas.dmtf.org/ovf/envelope/1',
  '@_xmlns:ovf': 'http://schemas.dmtf.org/ovf/envelope/1',
  '@_xmlns:rasd': RASD,
  '@_xmlns:vssd': VSSD,
  '@_xmlns:vmw': 'http://www.vmware.com/schema/ovf',
  '@_xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
};

/**
 * An OVF 1.x descriptor of one machine with one disk, on SATA: the controller that VMware and VirtualBox both have and
 * every system has a driver for. Source: DMTF DSP0243.
 */
export function ovfDescriptor(machine: OvfMachine): string {
  const builder = new XMLBuilder({ ignoreAttributes: false, format: true, suppressEmptyNode: true });
  const { disk, name } = machine;
  return builder.build({
    '?xml': { '@_version': '1.0', '@_encoding': 'UTF-8' },
    Envelope: {
      ...NAMESPACES,
      References: { File: { '@_ovf:id': 'file1', '@_ovf:href': disk.file, '@_ovf:size': disk.fileBytes } },
      DiskSection: {
        Info: 'Virtual disks',
        Disk: {
          '@_ovf:diskId': 'vmdisk1',
          '@_ovf:fileRef': 'file1',
          '@_ovf:capacity': disk.capacityBytes,
          '@_ovf:capacityAllocationUnits': 'byte',
          '@_ovf:format': STREAM_OPTIMIZED,
        },
      },
      NetworkSection: {
        Info: 'Networks',
        Network: { '@_ovf:name': 'nat', Description: 'The first network of the hypervisor' },
      },
      VirtualSystem: {
        '@_ovf:id': name,
        Info: 'A virtual machine',
        Name: name,
        OperatingSystemSection: { '@_ovf:id': 101, Info: 'Linux or another 64-bit system' },
        VirtualHardwareSection: hardwareSection(machine),
      },
    },
  });
}

function hardwareSection(machine: OvfMachine): object {
  const vmware = machine.hardware.startsWith('vmx-') && machine.firmware === 'efi';
  return {
    Info: 'Virtual hardware',
    System: {
      'vssd:ElementName': 'Virtual Hardware Family',
      'vssd:InstanceID': 0,
      'vssd:VirtualSystemIdentifier': machine.name,
      'vssd:VirtualSystemType': machine.hardware,
    },
    Item: items(machine),
    ...(vmware ? { 'vmw:Config': { '@_ovf:required': 'false', '@_vmw:key': 'firmware', '@_vmw:value': 'efi' } } : {}),
  };
}

/** RASD elements stand in the order of their names: the schema is a sequence. */
const items = ({ cpus, memoryMiB, network, hardware }: OvfMachine): object[] => [
  {
    'rasd:AllocationUnits': 'hertz * 10^6',
    'rasd:ElementName': `${cpus} virtual CPUs`,
    'rasd:InstanceID': 1,
    'rasd:ResourceType': RESOURCE.cpu,
    'rasd:VirtualQuantity': cpus,
  },
  {
    'rasd:AllocationUnits': 'byte * 2^20',
    'rasd:ElementName': `${memoryMiB} MiB of memory`,
    'rasd:InstanceID': 2,
    'rasd:ResourceType': RESOURCE.memory,
    'rasd:VirtualQuantity': memoryMiB,
  },
  {
    'rasd:Address': 0,
    'rasd:ElementName': 'SATA controller',
    'rasd:InstanceID': 3,
    'rasd:ResourceSubType': hardware.startsWith('vmx-') ? 'vmware.sata.ahci' : 'AHCI',
    'rasd:ResourceType': RESOURCE.sata,
  },
  {
    'rasd:AddressOnParent': 0,
    'rasd:ElementName': 'Disk 1',
    'rasd:HostResource': 'ovf:/disk/vmdisk1',
    'rasd:InstanceID': 4,
    'rasd:Parent': 3,
    'rasd:ResourceType': RESOURCE.disk,
  },
  {
    'rasd:AutomaticAllocation': 'true',
    'rasd:Connection': 'nat',
    'rasd:ElementName': 'Network card',
    'rasd:InstanceID': 5,
    'rasd:ResourceSubType': network,
    'rasd:ResourceType': RESOURCE.nic,
  },
];
