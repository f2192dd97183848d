import { runCli } from './run.ts';

const controller = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);

function stop(): void {
  if (controller.signal.aborted)
    process.stderr.write('\nAlready stopping: everything that was taken is being given back.\n');
  else process.stderr.write('\nStopping: giving back everything that was taken.\n');
  controller.abort();
}

// `goldsmith images | head`: nobody reads any more, which is no fault.
process.stdout.on('error', error => {
  if ('code' in error && error.code === 'EPIPE') process.exit(0);
  throw error;
});

const status = await runCli(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  signal: controller.signal,
  openEngine: async () => {
    const { openEngine } = await import('../engine/open.ts');
    return openEngine({ cwd: process.cwd() });
  },
});
// A terminal left raw or a watched VM must not keep a finished command alive.
process.stdout.write('', () => process.exit(status));
