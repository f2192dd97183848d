import type { Command } from 'commander';
import { type Cli, type CommonOptions, withExamples, withJson } from '../cli.ts';

export function registerResolve(program: Command, cli: Cli): void {
  const command = program
    .command('resolve')
    .argument('<image>', 'image, image@version or image@channel')
    .description('Print the path of a release. A candidate that failed never resolves.');
  withExamples(withJson(command), [
    'resolve debian-13',
    'resolve debian-13@stable',
    'resolve debian-13@v1.2 --json',
  ]).action(async (ref: string, flags: CommonOptions) => {
    const release = await (await cli.engine()).resolve(ref);
    cli.print(flags.json ? JSON.stringify(release) : release.path);
  });
}
