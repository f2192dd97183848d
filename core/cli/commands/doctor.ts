import type { Command } from 'commander';
import type { Check } from '../../model/engine.ts';
import { FAILURES } from '../../model/failure.ts';
import type { Session } from '../session.ts';
import { table } from '../table.ts';

const WORDS: Record<Check['state'], string> = { ok: 'ok', warning: 'warning', missing: 'missing' };

export function register(program: Command, session: Session): void {
  program
    .command('doctor')
    .description('Look at this host: what builds need, what works, and a fix for each gap.')
    .option('--refresh', 'prove the accelerators again', false)
    .option('--json', 'as JSON', false)
    .action(async ({ refresh, json }: { refresh: boolean; json: boolean }) => {
      session.isJson = json;
      const watch = session.watch(event => {
        if (!json && event.type === 'note') process.stderr.write(`${event.message}\n`);
      });
      const { checks, canBuild } = await (await session.engine()).doctor({ refresh }, watch);
      if (!canBuild) session.exitStatus = FAILURES['host-lacks'].exit;
      if (json) return session.json({ canBuild, checks });
      session.line(
        table(
          ['AREA', 'WHAT', 'STATE', ''],
          checks.map(check => [check.area, check.what, WORDS[check.state], check.fix ?? '']),
        ),
      );
      session.line(canBuild ? 'Builds can run here.' : 'Builds cannot run here yet.');
    });
}
