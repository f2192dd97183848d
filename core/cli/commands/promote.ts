import type { Command } from 'commander';
import type { Session } from '../session.ts';

export function register(program: Command, session: Session): void {
  program
    .command('promote <ref> <channel>')
    .description('Point a channel at a release. Going back is the same command with the older version.')
    .option('--json', 'as JSON', false)
    .addHelpText('after', '\nExample:\n  goldsmith promote debian-13@v1.4 stable\n')
    .action(async (ref: string, channel: string, { json }: { json: boolean }) => {
      session.isJson = json;
      const done = await (await session.engine()).promote(ref, channel);
      if (json) return session.json(done);
      const before = done.previous === undefined ? '' : ` (before: ${done.previous})`;
      session.line(`${done.release.image}@${channel} is ${done.release.version} now${before}.`);
    });
}
