import type { Command } from 'commander';
import { FAILURES } from '../../model/failure.ts';
import { problemText } from '../failure-text.ts';
import type { Session } from '../session.ts';

export function register(program: Command, session: Session): void {
  program
    .command('verify <ref>')
    .description('Read a release again and compare every file with its manifest.')
    .option('--json', 'as JSON', false)
    .action(async (ref: string, { json }: { json: boolean }) => {
      session.isJson = json;
      const { release, problems } = await (await session.engine()).verify(ref, session.watch());
      if (problems.length > 0) session.exitStatus = FAILURES['store-damaged'].exit;
      if (json) return session.json({ release, problems });
      session.line(
        problems.length === 0
          ? `${release.image}@${release.version} is as it was published.`
          : problems.map(problemText).join('\n'),
      );
    });
}
