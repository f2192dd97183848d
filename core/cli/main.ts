import { FAILURES } from '../model/failure.ts';
import { onInterrupt } from './interrupt.ts';
import { runCli } from './run.ts';
import { workingFolder } from './working-folder.ts';

const cwd = workingFolder(process);
const controller = new AbortController();
const stop = onInterrupt(controller, text => void process.stderr.write(text));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);

/** Once the output is gone: nobody who reads any more is no fault (`goldsmith build | head`), a full disk is one. */
let lostStatus: number | undefined;
function outputIsLost(error: NodeJS.ErrnoException): void {
  if (controller.signal.aborted) return;
  lostStatus = error.code === 'EPIPE' ? 0 : FAILURES['disk-full'].exit;
  if (lostStatus !== 0) process.stderr.write(`Nothing can be written to the output: ${error.message}\n`);
  controller.abort(); // what was taken is given back first
}
process.stdout.on('error', outputIsLost);
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
process.stdout.write('', error => {
  if (error) outputIsLost(error); // of a file, before the stream tells of it
  process.exit(lostStatus ?? status);
});
