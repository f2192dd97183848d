import type { Command } from 'commander';
import { FAILURES, GoldsmithError } from '../../model/failure.ts';
import type { KeyAction } from '../../model/key.ts';
import type { Plan, PlanSwitch } from '../../model/plan.ts';
import { formatBytes, formatMs } from '../../model/quantity.ts';
import { type Cli, type CommonOptions, withExamples, withJson } from '../cli.ts';
import { formatProblem, shownPath } from '../errors.ts';
import {
  type DriverFlags,
  driverChoice,
  planOptions,
  type RecipeFlags,
  withDriverOptions,
  withRecipeOptions,
} from '../options.ts';
import { stageLines } from '../stage-lines.ts';
import type { Style } from '../style.ts';
import { formatFields } from '../table.ts';

export function registerPlan(program: Command, cli: Cli): void {
  const command = program
    .command('plan')
    .argument('<image>', 'an image of lab.yaml, or the path of a Packer template')
    .description('Show everything a build would do, resolved and checked. Nothing is made or downloaded.');
  withDriverOptions(withRecipeOptions(command)).option(
    '--full',
    'also the text of the answers as they are served, and every key',
  );
  withExamples(withJson(command), [
    'plan debian-13',
    'plan debian-13 --json | jq .machine',
    'plan packer/rocky.pkr.hcl -var version=9 -only qemu.rocky',
  ]).action((target: string, flags: Flags) => plan(target, flags, cli));
}

interface Flags extends RecipeFlags, DriverFlags, CommonOptions {
  full?: boolean;
}

async function plan(target: string, flags: Flags, cli: Cli): Promise<void> {
  const options = { ...planOptions(flags, cli.cwd), ...driverChoice(flags), ...(flags.full ? { isFull: true } : {}) };
  const plans = await (await cli.engine()).plans(target, options);
  const [first, ...others] = plans;
  if (flags.json) cli.print(JSON.stringify(first && others.length === 0 ? first : plans));
  else cli.print(plans.map(resolved => formatPlan(resolved, cli)).join('\n\n\n'));
  const errors = plans.flatMap(({ problems }) => problems.filter(({ severity }) => severity === 'error'));
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
    ['After the build', afterFields(plan)],
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
  const stages = stageLines(plan.stages, style).map(line => `  ${line}`);
  const cached = stages.length === 0 ? [] : [`${style.bold('Stages')}\n${stages.join('\n')}`];
  return [...shown, ...cached, ...plan.problems.map(problem => formatProblem(problem, cwd, style))].join('\n\n');
}

const section = (title: string, fields: Field[], style: Style): string =>
  `${style.bold(title)}\n${formatFields(fields, style).replace(/^/gm, '  ')}`;

const imageFields = ({ image, version, recipe, builder }: Plan, cwd: string): Field[] => [
  ['name', `${image}@${version}`],
  ['recipe', shownPath(recipe, cwd)],
  ['builder', builder],
];

const cachedOr = ({ isCached, missing }: Plan['source']): string => {
  if (missing !== undefined) return `no, and there is no file ${missing}`;
  return isCached ? 'yes' : 'no: it will be downloaded';
};

const sourceFields = ({ source }: Plan): Field[] => [
  [source.kind, source.urls.join('\n')],
  ['checksum', source.checksum],
  ['cached', cachedOr(source)],
  ['fallback', source.fallback && `our own ISO ${source.fallback}, when none can be reached`],
];

function machineFields({ machine, acceleratorReason, qemuArguments, libvirt, packerSwitches }: Plan): Field[] {
  const { type, cpus, cpuModel, memoryMiB, firmware, disks } = machine;
  return [
    ['type', `${machine.arch} ${type}, ${firmware.kind}`],
    ['accelerator', acceleratorReason],
    ['cpu', `${cpus.count} x ${cpuModel}`],
    ['memory', `${memoryMiB} MiB`],
    ...disks.map(
      ({ id, format, interface: bus, cache, discard }): Field => [
        id,
        `${format}, ${bus}, cache ${cache}, discard ${discard}`,
      ],
    ),
    ['qemu', qemuArguments.map(quoteForShell).join(' ')],
    ['libvirt', libvirt && `${libvirt.uri}\n${libvirt.domainXml.trimEnd()}`],
    [
      'qemuargs',
      packerSwitches
        .filter(({ origin }) => origin === 'recipe')
        .map(shownSwitch)
        .join('\n'),
    ],
  ];
}

/** A switch of the recipe, and what Packer would have given in its place. */
const shownSwitch = ({ name, values, replaced }: PlanSwitch): string => {
  const given = values.length === 0 ? name : values.map(value => `${name} ${quoteForShell(value)}`).join(' ');
  return replaced.length === 0 ? given : `${given}  (instead of ${replaced.map(quoteForShell).join(', ')})`;
};

const quoteForShell = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

function bootFields(plan: Plan): Field[] {
  const { boot, installer } = plan;
  const how: Field[] =
    boot.kind === 'typed'
      ? [
          ['wait', boot.sync?.join('\n') ?? formatMs(boot.waitMs)],
          ['keys', boot.keys],
          ['typing', boot.keys === '' ? undefined : `${boot.typing.events} key events, ${formatMs(boot.typing.ms)}`],
          ['each key', boot.actions?.map(shownAction).join(' ')],
        ]
      : [
          ['kernel', boot.kernel],
          ['initrd', boot.initrd],
          ['append', boot.append],
        ];
  return [...how, ['installer', installer], ...answerFields(plan)];
}

/** More files than these are a whole folder that is served; the rest is counted. */
const MOST_ANSWERS = 12;

/** Those that the boot command names come first. */
function answerFields({ boot, answers }: Plan): Field[] {
  const typed = boot.kind === 'typed' ? boot.keys : boot.append;
  const isNamed = (path: string): boolean => typed.includes(path.replace(/^.*\//, '/'));
  const sorted = [...answers].sort((a, b) => Number(isNamed(b.path)) - Number(isNamed(a.path)));
  const isFull = answers.some(({ text }) => text !== undefined);
  const shown = sorted.slice(0, isFull ? answers.length : MOST_ANSWERS);
  const rest = answers.length - shown.length;
  return [
    ...shown.map(
      ({ path, kind, bytes, text }): Field => [
        path,
        `${kind}, ${formatBytes(bytes)}${text === undefined ? '' : `\n${text.trimEnd()}`}`,
      ],
    ),
    ['...', rest > 0 ? `${rest} more file(s) are served` : undefined],
  ];
}

const shownAction = (action: KeyAction): string => {
  if (action.kind === 'wait') return `<wait${action.ms}ms>`;
  if (action.kind === 'wait-for-text') return `<wait ${JSON.stringify(action.text)}>`;
  return `${action.down ? '+' : '-'}${action.qcode}`;
};

/** Post-processors chain by chain, and what is left when all is done. */
const afterFields = ({ postProcessors, outputs }: Plan): Field[] => [
  ...postProcessors.map(
    (chain, index): Field => [
      `chain ${index + 1}`,
      chain
        .map(
          ({ type, summary, place, isHandOff }) =>
            `${type}${summary ? `: ${summary}` : ''}${isHandOff ? '  (hand-off note)' : ''}${place ? `  (${place})` : ''}`,
        )
        .join('\n'),
    ],
  ),
  ['outputs', outputs.join('\n')],
];

const guestFields = ({ guest, provisioners, errorCleanup, seal }: Plan): Field[] => [
  [
    'login',
    `${guest.communicator}${guest.user ? ` as ${guest.user}` : ''}${guest.timeoutMs ? `, at most ${formatMs(guest.timeoutMs)}` : ''}${guest.way ? `, ${guest.way}` : ''}`,
  ],
  ...provisioners.map(
    ({ kind, summary, place }, index): Field => [`${index + 1}. ${kind}`, `${summary}${place ? `  (${place})` : ''}`],
  ),
  [
    'on error',
    errorCleanup &&
      `${errorCleanup.kind}: ${errorCleanup.summary}${errorCleanup.place ? `  (${errorCleanup.place})` : ''}`,
  ],
  ['seal', seal.map(({ name }) => name).join(', ')],
];
