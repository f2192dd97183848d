import type { Command } from 'commander';
import type { Plan } from '../../model/engine.ts';
import { FAILURES, GoldsmithError } from '../../model/failure.ts';
import { formatBytes, formatMs } from '../../model/quantity.ts';
import { type Cli, type CommonOptions, withExamples, withJson } from '../cli.ts';
import { formatProblem, shownPath } from '../errors.ts';
import { planOptions, type RecipeFlags, withRecipeOptions } from '../options.ts';
import type { Style } from '../style.ts';
import { formatFields } from '../table.ts';

export function registerPlan(program: Command, cli: Cli): void {
  const command = program
    .command('plan')
    .argument('<image>', 'an image of lab.yaml, or the path of a Packer template')
    .description('Show everything a build would do, resolved and checked. Nothing is made or downloaded.');
  withRecipeOptions(command);
  withExamples(withJson(command), ['plan debian-13', 'plan debian-13 --json | jq .machine']).action(
    (target: string, flags: RecipeFlags & CommonOptions) => plan(target, flags, cli),
  );
}

async function plan(target: string, flags: RecipeFlags & CommonOptions, cli: Cli): Promise<void> {
  const resolved = await (await cli.engine()).plan(target, planOptions(flags, cli.cwd));
  cli.print(flags.json ? JSON.stringify(resolved) : formatPlan(resolved, cli));
  const errors = resolved.problems.filter(({ severity }) => severity === 'error');
  if (errors[0] && !flags.json) {
    throw new GoldsmithError(
      errors[0].code,
      `A build would stop before it starts: ${errors.length} problem(s), see above.`,
    );
  }
  if (errors[0]) cli.exitCode = FAILURES[errors[0].code].exit;
}

type Field = [name: string, value: string | undefined];

function formatPlan(plan: Plan, { style, cwd }: Cli): string {
  const sections: [title: string, fields: Field[]][] = [
    ['Image', imageFields(plan, cwd)],
    ['Source', sourceFields(plan)],
    ['Machine', machineFields(plan)],
    ['Boot', bootFields(plan)],
    ['Guest', guestFields(plan)],
    [
      'Tests',
      plan.tests.map(
        ({ name, on, summary, timeoutMs }): Field => [name, `${summary}  (${on}, at most ${formatMs(timeoutMs)})`],
      ),
    ],
    [
      'Release',
      [
        ['format', `${plan.release.format}, compression ${plan.release.compress}`],
        ['channel', plan.release.channel],
      ],
    ],
  ];
  const shown = sections
    .filter(([, fields]) => fields.length > 0)
    .map(([title, fields]) => section(title, fields, style));
  return [...shown, ...plan.problems.map(problem => formatProblem(problem, cwd, style))].join('\n\n');
}

const section = (title: string, fields: Field[], style: Style): string =>
  `${style.bold(title)}\n${formatFields(fields, style).replace(/^/gm, '  ')}`;

const imageFields = ({ image, version, recipe, builder }: Plan, cwd: string): Field[] => [
  ['name', `${image}@${version}`],
  ['recipe', shownPath(recipe, cwd)],
  ['builder', builder],
];

const sourceFields = ({ source }: Plan): Field[] => [
  [source.kind, source.urls.join('\n')],
  ['checksum', source.checksum],
  ['cached', source.isCached ? 'yes' : 'no: it will be downloaded'],
  ['fallback', source.fallback && `our own ISO ${source.fallback}, when none can be reached`],
];

function machineFields({ machine, acceleratorReason, qemuArguments }: Plan): Field[] {
  const { type, cpus, cpuModel, memoryMiB, firmware, disks, accelerator } = machine;
  return [
    ['type', `${machine.arch} ${type}, ${firmware.kind}`],
    ['accelerator', `${accelerator}: ${acceleratorReason}`],
    ['cpu', `${cpus.count} x ${cpuModel}`],
    ['memory', `${memoryMiB} MiB`],
    ...disks.map(
      ({ id, format, interface: bus, cache, discard }): Field => [
        id,
        `${format}, ${bus}, cache ${cache}, discard ${discard}`,
      ],
    ),
    ['qemu', qemuArguments.map(quoteForShell).join(' ')],
  ];
}

const quoteForShell = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

function bootFields({ boot, installer, answers }: Plan): Field[] {
  const how: Field[] =
    boot.kind === 'typed'
      ? [
          ['wait', formatMs(boot.waitMs)],
          ['keys', boot.keys],
        ]
      : [
          ['kernel', boot.kernel],
          ['initrd', boot.initrd],
          ['append', boot.append],
        ];
  return [
    ...how,
    ['installer', installer],
    ...answers.map(({ path, kind, bytes }): Field => [path, `${kind}, ${formatBytes(bytes)}`]),
  ];
}

const guestFields = ({ guest, provisioners, seal }: Plan): Field[] => [
  [
    'login',
    `${guest.communicator}${guest.user ? ` as ${guest.user}` : ''}${guest.timeoutMs ? `, at most ${formatMs(guest.timeoutMs)}` : ''}`,
  ],
  ...provisioners.map(
    ({ kind, summary, place }, index): Field => [`${index + 1}. ${kind}`, `${summary}${place ? `  (${place})` : ''}`],
  ),
  ['seal', seal.map(({ name }) => name).join(', ')],
];
