import type { Command } from 'commander';
import { formatBytes, parseDuration } from '../../model/quantity.ts';
import type { Session } from '../session.ts';

export function register(program: Command, session: Session): void {
  program
    .command('clean')
    .description('Give back what crashed builds left, and remove what nothing needs.')
    .option('--dry-run', 'only say what would be removed', false)
    .option('--all', 'also caches', false)
    .option('--older-than <duration>', 'also finished builds older than this, e.g. 168h')
    .option('--json', 'as JSON', false)
    .action(async (options: { dryRun: boolean; all: boolean; olderThan?: string; json: boolean }) => {
      session.isJson = options.json;
      const olderThanMs = options.olderThan === undefined ? undefined : parseDuration(options.olderThan);
      const removals = await (await session.engine()).clean({
        dryRun: options.dryRun,
        all: options.all,
        ...(olderThanMs === undefined ? {} : { olderThanMs }),
      });
      if (options.json) return session.json(removals);
      for (const { kind, name, freedBytes, reason } of removals)
        session.line(`${kind} ${name}: ${formatBytes(freedBytes)} (${reason})`);
      const total = removals.reduce((sum, { freedBytes }) => sum + freedBytes, 0);
      session.line(`${options.dryRun ? 'Would free' : 'Freed'} ${formatBytes(total)}.`);
    });
}
