import { defineConfig } from 'rolldown';

/** The command line in few files: docs/decisions/0100. What looks for compiled addons beside itself stays where it is. */
export default defineConfig({
  input: 'out/core/cli/main.js',
  platform: 'node',
  external: ['koffi', 'ssh2'],
  logLevel: 'warn',
  output: { dir: 'out/cli', cleanDir: true },
});
