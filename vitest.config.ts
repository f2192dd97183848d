import { defineConfig } from 'vitest/config';
import { runsTogether } from './test/extent.ts';
import { LongestFirst } from './test/longest-first.ts';

/** What their files change of a process they put back: one takes them one after the other, and loads the product once. */
const SMALL = [
  'answers',
  'boot',
  'build',
  'cli',
  'explain',
  'export',
  'guest',
  'host',
  'installer',
  'machine',
  'media',
  'model',
  'recipe',
  'store',
  'verify',
];

/** Where parts meet that other files try one by one: each with machines, hosts or a browser's visit of its own. */
const TOGETHER = [
  'app/accessibility',
  'app/compare',
  'app/desktop',
  'app/losses',
  'app/stands',
  'app/whole-way',
  'drivers/libvirt/silent',
  'real/boot-menus',
  'real/cache',
  'real/documentation',
  'real/explain',
  'real/exports',
  'real/host',
  'real/isolinux',
  'real/kept',
  'real/libvirt-network',
  'real/libvirt-remote',
  'real/netboot',
  'real/packer-template',
  'real/tiny-install',
];
const leftOut = runsTogether ? [] : TOGETHER.map(name => `test/${name}.test.ts`);
const small = SMALL.map(folder => `test/${folder}/**/*.test.ts`);

export default defineConfig({
  test: {
    // They end what hangs. A host that is busy with other work takes many times what a quiet one does.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
    pool: 'forks',
    sequence: { sequencer: LongestFirst },
    projects: [
      // Half of their time they wait: for a server, a limit, a disk.
      {
        extends: true,
        test: { name: 'small', include: small, isolate: false, maxWorkers: 3, sequence: { groupOrder: 0 } },
      },
      // A machine under emulation takes a processor.
      {
        extends: true,
        test: {
          name: 'large',
          include: ['test/**/*.test.ts'],
          exclude: [...small, ...leftOut],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
