import type { Command } from 'commander';
import type { Session } from '../session.ts';

export function register(program: Command, session: Session): void {
  program
    .command('resolve <ref>')
    .description('Print the path of a release: image, image@version or image@channel.')
    .option('--json', 'everything that is known of it', false)
    .addHelpText('after', '\nExample:\n  cp "$(goldsmith resolve debian-13@latest)" web.qcow2\n')
    .action(async (ref: string, { json }: { json: boolean }) => {
      session.isJson = json;
      const release = await (await session.engine()).resolve(ref);
      if (json) session.json(release);
      else session.line(release.path);
    });
}
