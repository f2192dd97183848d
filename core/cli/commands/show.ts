import type { Command } from 'commander';
import { STEPS } from '../../model/event.ts';
import { formatBytes, formatMs } from '../../model/quantity.ts';
import { failureText } from '../failure-text.ts';
import type { Session } from '../session.ts';
import { table } from '../table.ts';

export function register(program: Command, session: Session): void {
  program
    .command('show [build]')
    .description('Show a build (default: the latest): steps with times, tests, requests, files, its failure.')
    .option('--json', 'as JSON', false)
    .action(async (build: string | undefined, { json }: { json: boolean }) => {
      session.isJson = json;
      const details = await (await session.engine()).show(build ?? 'latest');
      if (json) return session.json(details);
      const { state, files, dir } = details;
      session.line(`${state.id}: ${state.image}@${state.version ?? ''}, ${state.outcome}`);
      session.line(
        table(
          ['STEP', 'STATE', 'TIME'],
          state.steps.map(step => [STEPS[step.name], step.state, formatMs(step.ms ?? 0)]),
        ),
      );
      for (const test of state.tests)
        session.line(
          `test ${test.ok ? 'ok' : 'FAILED'}: ${test.name} (${formatMs(test.ms)})${test.reason ? `: ${test.reason}` : ''}`,
        );
      for (const request of state.requests)
        session.line(`request ${request.method} ${request.path}: ${request.status}, ${request.bytes} bytes`);
      for (const warning of state.warnings) session.line(`warning: ${warning.message}`);
      session.line(`files in ${dir}:`);
      for (const file of files) session.line(`  ${file.name}  ${formatBytes(file.bytes)}`);
      if (state.failure) session.line(failureText(state.failure));
    });
}
