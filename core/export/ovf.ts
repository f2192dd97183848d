import { XMLBuilder } from 'fast-xml-parser';
import type { ExportSettings } from '../model/export.ts';

/** The machine that an OVF describes. */
export interface OvfMachine {
  name: string;
  firmware: 'bios' | 'efi';
  /** `vssd:VirtualSystemType`: VMware's `vmx-N`, VirtualBox's `virtualbox-2.2`. */
  hardware: string;
  cpus: number;
  memoryMiB: number;
  controller: ExportSettings['controller'];
  network: NonNullable<ExportSettings['network']>;
  /** The boot disk first. */
  disks: { file: string; fileBytes: number; capacityBytes: number }[];
}

/** CIM resource types (DMTF DSP0004, CIM_ResourceAllocationSettingData). */
const RESOURCE = { cpu: 3, memory: 4, ide: 5, scsi: 6, nic: 10, disk: 17, sata: 20 } as const;
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

/** Each controller in the words of VMware and of VirtualBox. Sources: VMware's and VirtualBox's own OVFs. */
const CONTROLLER: Record<
  ExportSettings['controller'],
  { type: number; vmware: string | undefined; virtualbox: string | undefined; name: string }
> = {
  sata: { type: RESOURCE.sata, vmware: 'vmware.sata.ahci', virtualbox: 'AHCI', name: 'SATA controller' },
  lsilogic: { type: RESOURCE.scsi, vmware: 'lsilogic', virtualbox: 'lsilogic', name: 'SCSI controller' },
  lsilogicsas: { type: RESOURCE.scsi, vmware: 'lsilogicsas', virtualbox: 'lsilogicsas', name: 'SAS controller' },
  pvscsi: { type: RESOURCE.scsi, vmware: 'VirtualSCSI', virtualbox: 'VirtualSCSI', name: 'SCSI controller' },
  ide: { type: RESOURCE.ide, vmware: undefined, virtualbox: 'PIIX4', name: 'IDE controller' },
};
/** How many disks hang on one: IDE has two places, and one place of SCSI's eight is the controller's own. */
export const MOST_DISKS: Record<ExportSettings['controller'], number> = {
  sata: 30,
  lsilogic: 7,
  lsilogicsas: 7,
  pvscsi: 7,
  ide: 2,
};
const NETWORK = { vmxnet3: 'VmxNet3', e1000: 'E1000' } as const;

/**
 * An OVF 1.x descriptor of one machine and its disks. Where nobody chose, they hang on SATA: the controller that VMware
 * and VirtualBox both have and every system has a driver for. Source: DMTF DSP0243.
 */
export function ovfDescriptor(machine: OvfMachine): string {
  const builder = new XMLBuilder({ ignoreAttributes: false, format: true, suppressEmptyNode: true });
  const { disks, name } = machine;
  return builder.build({
    '?xml': { '@_version': '1.0', '@_encoding': 'UTF-8' },
    Envelope: {
      ...NAMESPACES,
      References: {
        File: disks.map(({ file, fileBytes }, nth) => ({
          '@_ovf:id': `file${nth + 1}`,
          '@_ovf:href': file,
          '@_ovf:size': fileBytes,
        })),
      },
      DiskSection: {
        Info: 'Virtual disks',
        Disk: disks.map(({ capacityBytes }, nth) => ({
          '@_ovf:diskId': `vmdisk${nth + 1}`,
          '@_ovf:fileRef': `file${nth + 1}`,
          '@_ovf:capacity': capacityBytes,
          '@_ovf:capacityAllocationUnits': 'byte',
          '@_ovf:format': STREAM_OPTIMIZED,
        })),
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
const items = ({ cpus, memoryMiB, network, hardware, controller, disks }: OvfMachine): object[] => [
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
  controllerItem(controller, hardware.startsWith('vmx-') ? 'vmware' : 'virtualbox'),
  ...disks.map((_, nth) => ({
    'rasd:AddressOnParent': nth,
    'rasd:ElementName': `Disk ${nth + 1}`,
    'rasd:HostResource': `ovf:/disk/vmdisk${nth + 1}`,
    'rasd:InstanceID': 5 + nth,
    'rasd:Parent': 3,
    'rasd:ResourceType': RESOURCE.disk,
  })),
  {
    'rasd:AutomaticAllocation': 'true',
    'rasd:Connection': 'nat',
    'rasd:ElementName': 'Network card',
    'rasd:InstanceID': 4,
    'rasd:ResourceSubType': NETWORK[network],
    'rasd:ResourceType': RESOURCE.nic,
  },
];

function controllerItem(controller: ExportSettings['controller'], kind: 'vmware' | 'virtualbox'): object {
  const about = CONTROLLER[controller];
  const subType = about[kind];
  return {
    'rasd:Address': 0,
    'rasd:ElementName': about.name,
    'rasd:InstanceID': 3,
    ...(subType === undefined ? {} : { 'rasd:ResourceSubType': subType }),
    'rasd:ResourceType': about.type,
  };
}
