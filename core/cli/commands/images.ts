import type { Command } from 'commander';
import type { ImageInfo } from '../../model/image.ts';
import { formatBytes } from '../../model/quantity.ts';
import { type Cli, type CommonOptions, withExamples, withJson } from '../cli.ts';
import { formatTable } from '../table.ts';

export function registerImages(program: Command, cli: Cli): void {
  const command = program
    .command('images')
    .argument('[image]', 'only this image')
    .description('List images with their releases, channels and failed candidates; and what the lab could build.');
  withExamples(withJson(command), ['images', 'images debian-13 --json']).action(
    (image: string | undefined, flags: CommonOptions) => images(image, flags, cli),
  );
}

async function images(named: string | undefined, flags: CommonOptions, cli: Cli): Promise<void> {
  const engine = await cli.engine();
  const all = (await engine.images()).filter(({ name }) => named === undefined || name === named);
  const targets = named === undefined ? await engine.targets() : [];
  if (flags.json) return cli.print(JSON.stringify({ images: all, targets }));
  const unbuilt = targets.filter(({ name }) => !all.some(image => image.name === name && image.releases.length > 0));
  const rows = all.flatMap(image => rowsOf(image, cli));
  const parts = [
    rows.length > 0 ? formatTable(['IMAGE', 'CHANNELS', 'SIZE', 'RELEASED', ''], rows, cli.style) : 'No releases yet.',
    ...(unbuilt.length > 0 ? [`To be built: ${unbuilt.map(({ name }) => `goldsmith build ${name}`).join(', ')}`] : []),
  ];
  cli.print(parts.join('\n\n'));
}

const rowsOf = (image: ImageInfo, { style }: Cli): string[][] => [
  ...image.releases.map(({ version, channels, bytes, at, path }) => [
    `${image.name}@${version}`,
    style.green(channels.join(', ')),
    formatBytes(bytes),
    at.slice(0, 16).replace('T', ' '),
    path,
  ]),
  ...image.candidates.map(({ version, bytes, at, reason }) => [
    `${image.name}@${version}`,
    style.yellow('failed candidate'),
    formatBytes(bytes),
    at.slice(0, 16).replace('T', ' '),
    reason ?? '',
  ]),
];
