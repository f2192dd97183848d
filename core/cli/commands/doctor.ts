import type { Command } from 'commander';
import type { Check } from '../../model/engine.ts';
import { FAILURES } from '../../model/failure.ts';
import { type Cli, type CommonOptions, withExamples, withJson } from '../cli.ts';
import { createProgress } from '../progress.ts';
import { formatTable } from '../table.ts';

interface Flags extends CommonOptions {
  refresh?: boolean;
}

export function registerDoctor(program: Command, cli: Cli): void {
  const command = program
    .command('doctor')
    .description('Look at this host: what builds need, what really works, and a fix for each gap.')
    .option('--refresh', 'prove the accelerators again');
  withExamples(withJson(command), ['doctor', 'doctor --json | jq .checks']).action((flags: Flags) =>
    doctor(flags, cli),
  );
}

async function doctor({ refresh = false, json }: Flags, cli: Cli): Promise<void> {
  const engine = await cli.engine();
  const progress = await createProgress(cli, { plain: true });
  const onEvent = json ? () => {} : progress.onEvent;
  const { checks, canBuild, libvirts } = await engine
    .doctor({ refresh }, { signal: cli.signal, onEvent })
    .finally(progress.stop);
  if (!canBuild) cli.exitCode = FAILURES['host-lacks'].exit;
  if (json) return cli.print(JSON.stringify({ canBuild, checks, libvirts }));
  const rows = checks.map(check => [check.area, check.what, stateOf(check, cli), check.fix ?? '']);
  cli.print(formatTable(['AREA', 'WHAT', 'STATE', 'WHAT TO DO'], rows, cli.style));
  cli.print(canBuild ? '\nBuilds can run here.' : '\nBuilds cannot run here yet.');
}

function stateOf({ state }: Check, { style }: Cli): string {
  return { ok: style.green, warning: style.yellow, missing: style.red }[state](state);
}
