import { onInterrupt } from './interrupt.ts';
import { runCli } from './run.ts';
import { workingFolder } from './working-folder.ts';

const cwd = workingFolder(process);
const controller = new AbortController();
const stop = onInterrupt(controller, text => void process.stderr.write(text));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);

// `goldsmith build | head`: nobody reads any more, which is no fault. What was taken is given back first.
let isUnread = false;
process.stdout.on('error', error => {
  isUnread ||= 'code' in error && error.code === 'EPIPE';
  if (!isUnread && !controller.signal.aborted)
    process.stderr.write(`Nothing can be written to the output: ${error.message}\n`);
  controller.abort();
});
process.stderr.on('error', () => {}); // there is nobody left to tell

const status = await runCli(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd,
  signal: controller.signal,
  openEngine: async () => {
    const { openEngine } = await import('../engine/open.ts');
    return openEngine({ cwd });
  },
});
// A terminal left raw or a watched VM must not keep a finished command alive.
process.stdout.write('', () => process.exit(isUnread ? 0 : status));
