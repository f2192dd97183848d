import type { Command } from 'commander';
import { ownFile, version } from '../../own-files.ts';
import { requirePort } from '../../serve/access.ts';
import { Host } from '../../serve/host.ts';
import { startServer } from '../../serve/server.ts';
import { type Cli, type CommonOptions, withExamples, withJson } from '../cli.ts';

interface Flags extends CommonOptions {
  port: number;
}

export function registerServe(program: Command, cli: Cli): void {
  const command = program
    .command('serve')
    .description(
      'Serve the app to a browser of this machine, on 127.0.0.1 only. Builds and kept machines go on when it ends. ' +
        'From another machine: ssh -L 8080:127.0.0.1:8080 HOST.',
    )
    .option('--port <number>', 'the port (default: a free one)', requirePort, 0);
  withExamples(withJson(command), ['serve', 'serve --port 8080']).action((flags: Flags) => serve(flags, cli));
}

async function serve(flags: Flags, cli: Cli): Promise<void> {
  const host = new Host({
    folder: cli.cwd,
    env: cli.env,
    version: version(),
    face: 'browser',
    launcher: [process.execPath, ...process.argv.slice(1, 2)],
  });
  const serving = await startServer(host, { port: flags.port, assets: ownFile('out/app') });
  const { url, port } = serving;
  if (flags.json) cli.print(JSON.stringify({ type: 'result', ok: true, url, port }));
  else
    cli.print(
      `Goldsmith is at\n\n  ${cli.style.bold(url)}\n\nThe address is a key: whoever has it can use this host. Ctrl-C ends the app; builds go on.`,
    );
  await new Promise<void>(resolve => cli.signal.addEventListener('abort', () => resolve(), { once: true }));
  await serving.close();
}
