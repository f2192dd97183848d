/**
 * One device's part of a QEMU command line. `owner` is the switch with which a Packer recipe's `qemuargs` would
 * replace it (packer-plugin-qemu: naming a switch drops the plugin's own uses of that switch).
 */
export interface ArgumentGroup {
  owner: string;
  args: string[];
}

/** A switch whose value is JSON: file names need no escaping there. */
export const json = (
  name: '-blockdev' | '-device' | '-netdev' | '-object',
  value: Record<string, unknown>,
): string[] => [name, JSON.stringify(value)];

/** A value for QEMU's comma-separated option syntax, where a comma is doubled (qemu(1), "-drive file=my,,file"). */
export const commaSafe = (value: string): string => value.replaceAll(',', ',,');
