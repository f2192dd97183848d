import type { Command } from 'commander';
import { type Cli, type CommonOptions, withExamples, withJson } from '../cli.ts';

export function registerPromote(program: Command, cli: Cli): void {
  const command = program
    .command('promote')
    .argument('<image>', 'image, image@version or image@channel')
    .argument('<channel>', 'the channel that is to name it')
    .description('Point a channel at a release, in one step that a crash cannot halve.');
  withExamples(withJson(command), ['promote debian-13@v1.2 stable', 'promote debian-13@latest stable']).action(
    async (ref: string, channel: string, flags: CommonOptions) => {
      const moved = await (await cli.engine()).promote(ref, channel);
      const { image, version } = moved.release;
      const before = moved.previous === undefined ? '' : ` (was ${moved.previous})`;
      cli.print(flags.json ? JSON.stringify(moved) : `${image}@${moved.channel} is now ${image}@${version}${before}.`);
    },
  );
}
