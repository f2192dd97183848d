import type { Command } from 'commander';
import type { Explanation, Finding } from '../../model/explanation.ts';
import { plainText } from '../../model/plain-text.ts';
import { type Cli, type CommonOptions, withExamples, withJson } from '../cli.ts';
import { pickBuild } from '../pick.ts';
import type { Style } from '../style.ts';

export function registerExplain(program: Command, cli: Cli): void {
  const command = program
    .command('explain')
    .argument('[build]', 'a build, the beginning or end of its name, or an image (default: the newest build)')
    .description('Say why a build failed, or why it stands: the reason, the lines that show it, and what to try.');
  withExamples(withJson(command), ['explain', 'explain debian-13', 'explain --json']).action(
    (build: string | undefined, flags: CommonOptions) => explain(build, flags, cli),
  );
}

async function explain(named: string | undefined, { json }: CommonOptions, cli: Cli): Promise<void> {
  const engine = await cli.engine();
  const { id } = await pickBuild(engine, named);
  const explanation = await engine.explain(id);
  if (json) return cli.print(JSON.stringify(explanation));
  if (!explanation.failure) return cli.print(`${id} did not fail.`);
  cli.print(`${cli.style.bold(id)}\n${plainText(explanation.failure.message)}`);
  cli.print(findingLines(explanation, cli.style).join('\n') || 'No rule knows more: goldsmith log shows all of it.');
}

/** Each reason with what shows it and what to try. */
export const findingLines = ({ findings }: Explanation, style: Style): string[] =>
  findings.flatMap((finding, nth) => ['', ...lines(finding, nth === 0 ? style.bold : text => text, style)]);

const lines = ({ reason, evidence, tries }: Finding, paint: (text: string) => string, style: Style): string[] => [
  `${style.yellow('why')}  ${paint(plainText(reason))}`,
  ...evidence.map(line => style.dim(`     | ${plainText(line)}`)),
  ...tries.map(text => `${style.cyan('try')}  ${plainText(text)}`),
];
