import type { Command } from 'commander';
import { plainLine } from '../progress.ts';
import type { Session } from '../session.ts';

export function register(program: Command, session: Session): void {
  program
    .command('log [build]')
    .description('Print the log of a build (default: the latest).')
    .option('-f, --follow', 'go on as it grows', false)
    .option('--all', 'the serial console and the installer too', false)
    .option('--json', 'events as JSON lines', false)
    .action(async (build: string | undefined, options: { follow: boolean; all: boolean; json: boolean }) => {
      session.isJson = options.json;
      const watch = session.watch(event => {
        if (options.json) return session.json(event);
        const text = options.all && event.type === 'line' ? `${event.source}| ${event.line}` : plainLine(event);
        if (text !== undefined) session.line(`${event.at.slice(11, 19)} ${text}`);
      });
      await (await session.engine()).followLog(build ?? 'latest', { follow: options.follow }, watch);
    });
}
