import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { GoldsmithError } from '../../model/failure.ts';
import { type Cli, type CommonOptions, resultLine, withExamples, withJson } from '../cli.ts';
import { createProgress } from '../progress.ts';

export function registerVerify(program: Command, cli: Cli): void {
  const command = program
    .command('verify')
    .argument('<what>', 'image, image@version, image@channel, or a folder that export made')
    .description('Read every file again: of a release against its manifest, of a hand-off against its format too.');
  command.option('--key <file>', 'of a folder: the public key that must have signed it (minisign or OpenPGP)');
  withExamples(withJson(command), [
    'verify debian-13',
    'verify debian-13@v1.2 --json',
    'verify ./debian-13-v1.2',
  ]).action(async (what: string, flags: Flags) => {
    const isThere = (await stat(path.resolve(cli.cwd, what)).catch(() => undefined))?.isDirectory();
    if (flags.key !== undefined || (what.includes('/') && (isThere ?? true))) return verifyFolder(what, flags, cli);
    // A word without a slash is an image even where a folder has its name.
    await verify(what, flags, cli).catch(error => {
      if (!isThere || !(error instanceof GoldsmithError) || error.code !== 'not-found') throw error;
      return verifyFolder(what, flags, cli);
    });
  });
}

type Flags = CommonOptions & { key?: string };

async function verifyFolder(what: string, flags: Flags, cli: Cli): Promise<void> {
  const engine = await cli.engine();
  const dir = path.resolve(cli.cwd, what);
  const report = await engine.verifyHandOff(
    dir,
    { signal: cli.signal, onEvent: () => undefined },
    flags.key === undefined ? undefined : path.resolve(cli.cwd, flags.key),
  );
  if (report.problems.length > 0) {
    throw new GoldsmithError('checksum-mismatch', `${what} is not what was handed off.`, {
      details: { problems: report.problems },
    });
  }
  const { image, version, files, signature } = report;
  const unchecked = signature === 'unchecked' ? ' Its signature was not checked: name the key with --key.' : '';
  cli.print(flags.json ? resultLine(report) : `${what} is whole: ${image}@${version}, ${files} files.${unchecked}`);
}

async function verify(ref: string, flags: Flags, cli: Cli): Promise<void> {
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
