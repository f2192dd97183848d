import type { Command } from 'commander';
import { formatBytes } from '../../model/quantity.ts';
import type { Session } from '../session.ts';

export function register(program: Command, session: Session): void {
  program
    .command('rm <what...>')
    .description('Remove releases (image@version), builds or machines, by name.')
    .option('--force', 'also a release that a channel names', false)
    .option('--json', 'as JSON', false)
    .action(async (what: string[], { force, json }: { force: boolean; json: boolean }) => {
      session.isJson = json;
      const engine = await session.engine();
      for (const name of what) {
        const removal = await engine.remove(name, { force });
        if (json) session.json(removal);
        else session.line(`${removal.kind} ${removal.name} is removed: ${formatBytes(removal.freedBytes)} are free.`);
      }
    });
}
