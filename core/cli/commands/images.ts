import type { Command } from 'commander';
import { formatBytes } from '../../model/quantity.ts';
import type { Session } from '../session.ts';
import { table } from '../table.ts';

export function register(program: Command, session: Session): void {
  program
    .command('images')
    .description('List images with their releases, channels and kept candidates.')
    .option('--json', 'as JSON', false)
    .action(async ({ json }: { json: boolean }) => {
      session.isJson = json;
      const images = await (await session.engine()).images();
      if (json) return session.json(images);
      if (images.length === 0) return session.line('No images yet: goldsmith build tiny makes one.');
      const rows = images.flatMap(image => [
        ...image.releases.map(release => [
          `${image.name}@${release.version}`,
          release.channels.join(', '),
          release.format,
          formatBytes(release.bytes),
          release.at.slice(0, 16).replace('T', ' '),
        ]),
        ...image.candidates.map(item => [
          `${image.name}@${item.version}`,
          '(failed)',
          '',
          formatBytes(item.bytes),
          item.reason ?? '',
        ]),
      ]);
      session.line(table(['RELEASE', 'CHANNELS', 'FORMAT', 'SIZE', 'MADE'], rows));
    });
}
