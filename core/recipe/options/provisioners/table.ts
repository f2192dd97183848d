import type { OptionTable } from '../schema.ts';
import { readAnsible, readAnsibleLocal } from './ansible.ts';
import { KEPT, type ProvisionerReader, provisionerKind, wrongOption } from './kind.ts';
import { readFile, readShell, readShellLocal } from './shell.ts';
import { readPowershell, readWindowsRestart, readWindowsShell, readWindowsUpdate } from './windows.ts';

const BREAKPOINT_OPTIONS = {
  note: { kind: 'text', ...KEPT },
  disable: { kind: 'flag', default: false },
} as const satisfies OptionTable;

const SLEEP_OPTIONS = { duration: { kind: 'duration' } } as const satisfies OptionTable;

/** All provisioners Goldsmith runs. */
export const PROVISIONERS: Readonly<Record<string, ProvisionerReader>> = {
  shell: readShell,
  file: readFile,
  'shell-local': readShellLocal,
  ansible: readAnsible,
  'ansible-local': readAnsibleLocal,
  powershell: readPowershell,
  'windows-shell': readWindowsShell,
  'windows-restart': readWindowsRestart,
  'windows-update': readWindowsUpdate,
  breakpoint: provisionerKind(BREAKPOINT_OPTIONS, options => ({
    kind: 'breakpoint',
    note: options.note ?? '',
    disable: options.disable,
  })),
  sleep: provisionerKind(SLEEP_OPTIONS, (options, block) => {
    if (options.duration === undefined) throw wrongOption(block, 'duration', 'A "duration" is required.');
    return { kind: 'sleep', durationMs: options.duration };
  }),
};

/** Packer's other provisioners, with what to do instead. */
export const OTHER_PROVISIONERS: Readonly<Record<string, string>> = {
  'chef-client': 'Run chef-client in a shell provisioner.',
  'chef-solo': 'Upload the cookbooks with a file provisioner and run chef-solo in a shell provisioner.',
  converge: 'Run it in a shell provisioner.',
  goss: 'Goldsmith tests the finished image: name the test in lab.yaml.',
  'hcp-sbom': 'Goldsmith writes the SBOM of an image itself; remove this block.',
  inspec: 'Goldsmith tests the finished image: name the test in lab.yaml.',
  'puppet-masterless': 'Upload the manifests with a file provisioner and run puppet apply in a shell provisioner.',
  'puppet-server': 'Run puppet agent in a shell provisioner.',
  'salt-masterless': 'Upload the states with a file provisioner and run salt-call in a shell provisioner.',
  serverspec: 'Goldsmith tests the finished image: name the test in lab.yaml.',
};
