/** Kernel and initrd in the ISO. Debian's own ISOs have them at the same places. */
export const DEBIAN_KERNEL = '/install.amd/vmlinuz';
export const DEBIAN_INITRD = '/install.amd/initrd.gz';

const ENTRIES: [title: string, kernelLine: string][] = [
  ['Install', '--- quiet'],
  ['Automated install (the installer asks for the address of the answers)', 'auto=true priority=critical --- quiet'],
  ['Install over the serial port', 'console=tty0 console=ttyS0,115200n8 DEBIAN_FRONTEND=text ---'],
  ['Rescue mode', 'rescue/enable=true --- quiet'],
];

/**
 * GRUB's menu: waits for a choice, on the screen and on the serial port. `c` gives the command line, `e` edits an
 * entry; both speak the US keyboard layout.
 */
export function grubMenu(): string {
  const serial = 'if serial --unit=0 --speed=115200; then';
  const terminals = ['  terminal_input console serial', '  terminal_output console serial', 'fi'];
  const entries = ENTRIES.map(([title, line]) =>
    [`menuentry '${title}' {`, `  linux ${DEBIAN_KERNEL} ${line}`, `  initrd ${DEBIAN_INITRD}`, '}'].join('\n'),
  );
  return [serial, ...terminals, 'set timeout=-1', 'set default=0', '', ...entries, ''].join('\n');
}
