import path from 'node:path';
import { collectAnswers } from '../answers/render.ts';
import { planMachine } from '../build/machine.ts';
import { installerOf } from '../build/parameters.ts';
import { kernelLine } from '../build/steps/answers.ts';
import { findTarget, type Target } from '../build/target.ts';
import { QemuDriver } from '../drivers/qemu/qemu.ts';
import { sealItems } from '../guest/seal/seal.ts';
import type { Plan, PlanOptions, PlanSource } from '../model/engine.ts';
import type { Place } from '../model/failure.ts';
import type { Provisioner } from '../model/recipe.ts';
import { nextVersion } from '../store/version.ts';
import type { EngineDeps } from './deps.ts';
import { mirrorEnvironment } from './mirror.ts';

/** Resolves everything a build would do; makes nothing. */
export async function planBuild(
  deps: EngineDeps,
  name: string,
  options: PlanOptions,
  signal: AbortSignal,
): Promise<Plan> {
  const target = await findTarget(name, { ...options, cwd: deps.cwd, env: await mirrorEnvironment() });
  const { image, builder, recipe } = target;
  const facts = await deps.facts({ signal });
  const dir = path.join(deps.home.builds, `${image.name}-(new)`);
  const work = path.join(dir, 'work');
  const disks = builder.source.diskImage
    ? ['disk0.qcow2']
    : ['disk0.raw', ...builder.source.additionalDiskSizesMiB.map((_, nth) => `disk${nth + 1}.raw`)];
  const { machine, acceleratorReason, problems } = planMachine(
    `goldsmith-${image.name}`,
    builder.source,
    image.machine,
    facts,
    {
      disks: disks.map(file => path.join(work, file)),
      cdroms: builder.source.diskImage ? [] : [path.join(deps.home.cache, 'source.iso')],
      efiVars: path.join(work, 'efivars.fd'),
      serialLog: path.join(dir, 'serial.log'),
    },
  );
  const answers = await collectAnswers(builder.source, recipe.root);
  const naming = await nextVersion(target.root, image.name, await deps.store(), new Date());
  const { communicator } = builder.source;
  return {
    image: image.name,
    version: naming.version,
    recipe: recipe.path,
    builder: builder.name,
    root: target.root,
    source: sourceOf(target),
    machine,
    acceleratorReason,
    qemuArguments: new QemuDriver().describe(machine, path.join(deps.home.runtime, `${image.name}-(new)`)),
    boot: bootOf(target),
    installer: installerOf(target),
    answers: [...answers].map(([file, content]) => ({
      path: file,
      kind: path.extname(file).slice(1) || 'file',
      bytes: content.length,
    })),
    guest: {
      communicator: communicator.kind,
      ...(communicator.kind === 'none'
        ? {}
        : { user: image.ssh.user ?? communicator.username, timeoutMs: communicator.timeoutMs }),
    },
    provisioners: builder.provisioners.map(item => ({
      kind: item.kind,
      summary: summaryOf(item),
      place: placeText(item.place),
    })),
    seal: image.seal === false ? [] : sealItems().map(({ name: item, title }) => ({ name: item, summary: title })),
    tests: image.tests.map(test => ({
      name: test.name,
      on: test.on,
      summary: test.run.kind === 'script' ? test.run.path : test.run.command,
      timeoutMs: test.timeoutMs,
    })),
    release: { ...image.release, channel: image.channel },
    problems: [...problems, ...recipe.problems],
  };
}

const sourceOf = ({ image, builder }: Target): PlanSource => ({
  kind: builder.source.diskImage ? 'image' : 'iso',
  urls: builder.source.isoUrls,
  checksum: builder.source.isoChecksum,
  isCached: false,
  ...(image.iso === undefined ? {} : { fallback: image.iso }),
});

function bootOf(target: Target): Plan['boot'] {
  const { image, builder } = target;
  if (image.boot.kind === 'direct') return { ...image.boot, append: kernelLine(target) };
  const steps = builder.source.bootSteps.map(([command]) => command);
  return { kind: 'typed', keys: [...builder.source.bootCommand, ...steps].join(''), waitMs: builder.source.bootWaitMs };
}

const placeText = ({ file, line }: Place): string => (line === undefined ? file : `${file}:${line}`);

/** What a person would want to know of a provisioner, in one line. */
function summaryOf(provisioner: Provisioner): string {
  switch (provisioner.kind) {
    case 'shell':
    case 'shell-local':
      return provisioner.inline.length > 0
        ? `${provisioner.inline.length} inline line(s)`
        : provisioner.scripts.join(', ');
    case 'file':
      return `${provisioner.direction} ${provisioner.sources.join(', ') || 'text'} -> ${provisioner.destination}`;
    case 'ansible':
      return provisioner.playbookFile;
    case 'ansible-local':
      return provisioner.playbookFiles.join(', ');
    default:
      return '';
  }
}
