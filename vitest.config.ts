import { defineConfig } from 'vitest/config';

/** What their files change of a process they put back: one takes them one after the other, and loads the product once. */
const SHARING = [
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
const sharing = SHARING.map(folder => `test/${folder}/**/*.test.ts`);

export default defineConfig({
  test: {
    // They end what hangs. A host that is busy with other work takes many times what a quiet one does.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: 'sharing', include: sharing, isolate: false } },
      { extends: true, test: { name: 'alone', include: ['test/**/*.test.ts'], exclude: sharing } },
    ],
  },
});
