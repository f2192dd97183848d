import path from 'node:path';
import type { Command } from 'commander';
import { formatBytes } from '../../model/quantity.ts';
import { type Cli, type CommonOptions, withExamples, withJson } from '../cli.ts';
import { shownPath } from '../errors.ts';
import { pickBuild } from '../pick.ts';

interface Flags extends CommonOptions {
  output?: string;
}

export function registerFilm(program: Command, cli: Cli): void {
  const command = program
    .command('film')
    .argument('[build]', 'a build, the beginning or end of its name, or an image (default: the newest build)')
    .description(
      "Write what a build's screen showed, with its log beside it, as one HTML file: to look at, or to attach to a report.",
    )
    .option('-o, --output <file>', 'where it is written (default: BUILD.html here)');
  withExamples(withJson(command), ['film', 'film debian-13 -o hang.html']).action(
    (build: string | undefined, flags: Flags) => film(build, flags, cli),
  );
}

async function film(named: string | undefined, { output, json }: Flags, cli: Cli): Promise<void> {
  const engine = await cli.engine();
  const { id } = await pickBuild(engine, named);
  const info = await engine.film(id, path.resolve(cli.cwd, output ?? `${id}.html`));
  if (json) return cli.print(JSON.stringify(info));
  const { pictures, lines, bytes } = info;
  cli.print(`${shownPath(info.path, cli.cwd)}  ${pictures} pictures, ${lines} lines, ${formatBytes(bytes)}`);
  cli.print(
    cli.style.dim('Secrets of the recipe are masked in the log; look at the pictures before you give it away.'),
  );
}
