import path from 'node:path';
import type { Command } from 'commander';
import type { Plan } from '../../model/engine.ts';
import { formatMs } from '../../model/quantity.ts';
import { problemText } from '../failure-text.ts';
import { collectList, collectVariable } from '../options.ts';
import type { Session } from '../session.ts';

interface Options {
  var: Record<string, string>;
  varFile: string[];
  only: string[];
  except: string[];
  json: boolean;
}

export function register(program: Command, session: Session): void {
  program
    .command('plan <target>')
    .description('Show everything a build would do, resolved and checked. Nothing is made.')
    .option('--var <name=value>', 'set a variable of the recipe (repeatable)', collectVariable, {})
    .option('--var-file <file>', 'read variables from a file (repeatable)', collectList, [])
    .option('--only <builders>', 'only these builders', collectList, [])
    .option('--except <builders>', 'all but these builders', collectList, [])
    .option('--json', 'as JSON', false)
    .addHelpText(
      'after',
      '\nExamples:\n  goldsmith plan debian-13\n  goldsmith plan templates/web.pkr.hcl --var version=2 --json\n',
    )
    .action(async (target: string, options: Options) => {
      session.isJson = options.json;
      const plan = await (await session.engine()).plan(target, {
        variables: options.var,
        variableFiles: options.varFile.map(file => path.resolve(file)),
        only: options.only,
        except: options.except,
      });
      if (options.json) session.json(plan);
      else session.line(planText(plan));
      if (plan.problems.some(({ severity }) => severity === 'error')) session.exitStatus = 3;
    });
}

function planText(plan: Plan): string {
  const section = (title: string, lines: string[]): string[] =>
    lines.length === 0 ? [] : [`${title}:`, ...lines.map(line => `  ${line}`)];
  const { machine, source, boot } = plan;
  return [
    `${plan.image}@${plan.version} from ${plan.recipe} (${plan.builder})`,
    ...section('source', [
      ...source.urls,
      `checksum ${source.checksum}`,
      ...(source.fallback ? [`else our own: goldsmith iso ${source.fallback}`] : []),
    ]),
    ...section('machine', [
      `${machine.arch} ${machine.type}, ${machine.cpus.count} CPU (${machine.cpuModel}), ${machine.memoryMiB} MiB, ${machine.firmware.kind}`,
      plan.acceleratorReason,
      ...machine.disks.map(disk => `disk ${disk.path} (${disk.format}, ${disk.interface}, cache ${disk.cache})`),
    ]),
    ...section(
      'answers',
      plan.answers.map(({ path: file, bytes }) => `${file} (${bytes} bytes)`),
    ),
    ...section(
      'boot',
      boot.kind === 'direct'
        ? [`kernel ${boot.kernel}, initrd ${boot.initrd}`, boot.append]
        : [`after ${formatMs(boot.waitMs)}: ${boot.keys}`],
    ),
    ...section(
      'provisioners',
      plan.provisioners.map(({ kind, summary }) => `${kind} ${summary}`),
    ),
    ...section(
      'seal',
      plan.seal.map(({ name, summary }) => `${name}: ${summary}`),
    ),
    ...section(
      'tests',
      plan.tests.map(({ name, on, summary }) => `${name} (${on}): ${summary}`),
    ),
    ...section('release', [
      `${plan.release.format}, compression ${plan.release.compress}, channel ${plan.release.channel}`,
    ]),
    ...section('qemu', [plan.qemuArguments.join(' ')]),
    ...(plan.problems.length > 0 ? ['problems:', ...plan.problems.map(problemText)] : []),
  ].join('\n');
}
