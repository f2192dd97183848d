import type { Problem } from '../../core/model/failure.ts';
import type { Plan } from '../../core/model/plan.ts';

/** A plan with everything a plan can say. */
export const planOf = (problems: Problem[]): Plan => ({
  image: 'web',
  version: 'v2',
  recipe: '/lab/packer/web.pkr.hcl',
  builder: 'qemu.web',
  root: '/lab',
  source: {
    kind: 'iso',
    urls: ['https://x/a.iso', 'https://y/a.iso'],
    checksum: 'sha256:cc',
    isCached: true,
    fallback: 'debian-13',
  },
  machine: {
    name: 'web',
    arch: 'x86_64',
    type: 'q35',
    accelerator: 'tcg',
    cpuModel: 'max',
    cpus: { count: 2 },
    memoryMiB: 1536,
    firmware: { kind: 'bios' },
    disks: [
      {
        id: 'disk0',
        path: '/d',
        format: 'qcow2',
        interface: 'virtio',
        cache: 'unsafe',
        discard: 'unmap',
        detectZeroes: 'unmap',
      },
    ],
    cdroms: [],
    floppies: [],
    nics: [],
    boot: { kind: 'firmware' },
    serialLog: '/s',
    extraArgs: [],
  },
  acceleratorReason: 'KVM hangs here.',
  qemuArguments: ['qemu-system-x86_64', '-name', 'it is', '-m', '1536'],
  packerSwitches: [
    { name: '-m', values: ['512M'], origin: 'default', replaced: [] },
    { name: '-cpu', values: ['max'], origin: 'recipe', replaced: ['host'] },
  ],
  boot: { kind: 'typed', keys: '<esc>auto<enter>', waitMs: 5000, typing: { events: 12, ms: 1200 } },
  installer: 'debian',
  answers: [{ path: '/preseed.cfg', kind: 'preseed', bytes: 2048 }],
  guest: { communicator: 'ssh', user: 'root', timeoutMs: 300_000 },
  provisioners: [{ kind: 'shell', summary: '3 lines', place: 'web.pkr.hcl:20' }],
  postProcessors: [
    [
      { type: 'checksum', summary: 'checksum_types sha256', place: 'web.pkr.hcl:30', isHandOff: false },
      { type: 'amazon-import', summary: '', isHandOff: true },
    ],
  ],
  outputs: ['output-web/web'],
  seal: [
    { name: 'host-keys', summary: '' },
    { name: 'machine-id', summary: '' },
  ],
  tests: [{ name: 'up', on: 'guest', summary: 'true', timeoutMs: 60_000 }],
  stages: [
    { stage: 'boot', state: 'cached', changed: [] },
    { stage: 'install', state: 'changed', changed: ['answers /preseed.cfg'] },
    { stage: 'release', state: 'after', changed: [] },
  ],
  release: { format: 'qcow2', compress: 'zstd', channel: 'latest' },
  problems,
});
