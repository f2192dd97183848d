import path from 'node:path';
import type { Command } from 'commander';
import { GoldsmithError } from '../../model/failure.ts';
import { ISO_NAMES, type IsoName } from '../../model/lab.ts';
import { nearest } from '../../model/nearest.ts';
import { formatBytes } from '../../model/quantity.ts';
import { plainLine } from '../progress.ts';
import type { Session } from '../session.ts';

export function register(program: Command, session: Session): void {
  program
    .command('iso <name>')
    .description(`Make an installer ISO from Debian packages: ${ISO_NAMES.join(', ')}.`)
    .option('-o, --output <file>', 'copy it here')
    .option('--force', 'make it anew', false)
    .option('--json', 'as JSON', false)
    .addHelpText('after', '\nExamples:\n  goldsmith iso debian-13\n  goldsmith iso tiny -o tiny.iso\n')
    .action(async (name: string, options: { output?: string; force: boolean; json: boolean }) => {
      session.isJson = options.json;
      const output = options.output === undefined ? {} : { output: path.resolve(options.output) };
      const made = await (await session.engine()).iso(
        knownName(name),
        { ...output, force: options.force },
        session.watch(event => {
          const line = plainLine(event);
          if (line !== undefined && !options.json) session.line(line);
        }),
      );
      if (options.json) session.json(made);
      else session.line(`${made.path}  ${formatBytes(made.bytes)}  sha256:${made.sha256}`);
    });
}

function knownName(name: string): IsoName {
  const known = ISO_NAMES.find(candidate => candidate === name);
  if (known) return known;
  const near = nearest(name, ISO_NAMES);
  throw new GoldsmithError('not-found', `There is no ISO "${name}".`, {
    hint: near ? `Did you mean ${near}?` : `Known: ${ISO_NAMES.join(', ')}.`,
  });
}
