import type { Command } from 'commander';
import { GoldsmithError } from '../../model/failure.ts';
import { type Cli, type CommonOptions, resultLine, withExamples, withJson } from '../cli.ts';
import { createProgress } from '../progress.ts';

export function registerVerify(program: Command, cli: Cli): void {
  const command = program
    .command('verify')
    .argument('<image>', 'image, image@version or image@channel')
    .description('Read every file of a release again and compare it with the manifest.');
  withExamples(withJson(command), ['verify debian-13', 'verify debian-13@v1.2 --json']).action(
    (ref: string, flags: CommonOptions) => verify(ref, flags, cli),
  );
}

async function verify(ref: string, flags: CommonOptions, cli: Cli): Promise<void> {
  const engine = await cli.engine();
  const progress = await createProgress(cli, flags);
  const { release, problems } = await engine
    .verify(ref, { signal: cli.signal, onEvent: progress.onEvent })
    .finally(progress.stop);
  const name = `${release.image}@${release.version}`;
  if (problems.length > 0) {
    throw new GoldsmithError('store-damaged', `${name} is not what its manifest says.`, { details: { problems } });
  }
  cli.print(flags.json ? resultLine({ release, problems }) : `${name} is whole: ${release.id}`);
}
