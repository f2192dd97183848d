import type { Command } from 'commander';
import { between } from '../../model/fold.ts';
import { formatMs } from '../../model/quantity.ts';
import type { Session } from '../session.ts';
import { table } from '../table.ts';

export function register(program: Command, session: Session): void {
  program
    .command('builds')
    .description('List builds, newest first.')
    .option('--json', 'as JSON', false)
    .action(async ({ json }: { json: boolean }) => {
      session.isJson = json;
      const states = await (await session.engine()).builds();
      if (json) return session.json(states);
      if (states.length === 0) return session.line('No builds yet: goldsmith build tiny makes one.');
      const rows = states.map(state => [
        state.id,
        state.version ?? '',
        state.outcome,
        formatMs(between(state.startedAt, state.finishedAt ?? state.at)),
        state.failure?.message ?? state.step ?? '',
      ]);
      session.line(table(['BUILD', 'VERSION', 'OUTCOME', 'TIME', ''], rows));
    });
}
