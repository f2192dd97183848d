import type { Moment } from '../model/checkpoint.ts';
import type { HostFacts } from '../model/host.ts';
import type { Machine } from '../model/machine.ts';
import type { QemuSource } from '../model/recipe.ts';
import { planMachine } from './machine.ts';
import { matchingFiles } from './matching-files.ts';
import { hashOf, hashTree } from './stage-files.ts';
import { provisionerInputs } from './stage-provisioner.ts';
import { kernelLine } from './steps/answers.ts';
import type { Target } from './target.ts';
import { collectTarget } from './target-answers.ts';
import { workingFiles } from './working-disks.ts';

/** Raised when a build does something else with the same inputs: what older ones left is then not used. */
const GENERATION = 2;

/** Everything that goes into a stage beside the stage before it: what it is, and a hash of it. */
export type Inputs = Record<string, string>;

/** What decides, beside the recipe, what a machine does: how it is run here. */
export interface HostInputs {
  accelerator: Machine['accelerator'];
  cpuModel: string;
  type: string;
  qemu: string;
  driver: string;
}

/** @throws GoldsmithError `host-lacks`, as a build would */
export function hostInputs({ image, builder, recipe }: Target, facts: HostFacts, driver: string): HostInputs {
  const files = { ...workingFiles(builder.source, '/'), cdroms: [], root: recipe.root, serialLog: '/' };
  const { machine } = planMachine(image.name, builder.source, image.machine, facts, files);
  const { accelerator, cpuModel, type } = machine;
  return { accelerator, cpuModel, type, qemu: facts.qemu?.version ?? 'unknown', driver };
}

/** Up to the machine that boots: the moment before an installer asks for its answers. */
export async function bootInputs(
  { image, builder, recipe }: Target,
  sha256: string,
  host: HostInputs,
): Promise<Inputs> {
  const { source } = builder;
  const media = [...source.cdFiles, ...source.floppyFiles, ...source.floppyDirs];
  const files = await matchingFiles(media, recipe.root).catch(() => media);
  const typed = [source.bootCommand, source.bootSteps, source.bootWaitMs, source.bootKeyIntervalMs, image.keyboard];
  return {
    'how Goldsmith builds': hashOf(GENERATION),
    'the source': hashOf([sha256, source.diskImage]),
    'the disks': hashOf(disksOf(source)),
    'memory and processors': hashOf([source.memoryMiB, source.cpus, source.sockets, source.cores, source.threads]),
    'the machine': hashOf([machineOf(source), image.machine]),
    'QEMU and how it runs the machine': hashOf(host),
    'CD and floppy': hashOf([source.cdContent, source.floppyContent, await Promise.all(files.map(hashTree))]),
    'the boot keys': hashOf(image.boot.kind === 'direct' ? [image.boot, kernelLine({ image, builder })] : typed),
  };
}

const disksOf = (source: QemuSource): unknown[] => [
  source.diskSizeMiB,
  source.additionalDiskSizesMiB,
  source.skipResizeDisk,
  source.qemuImgArgs,
];

const machineOf = (source: QemuSource): unknown[] => [
  [source.diskInterface, source.diskCache, source.diskDiscard, source.diskDetectZeroes, source.cdromInterface],
  [source.machineType, source.cpuModel, source.accelerator, source.qemuBinary, source.qemuArgs],
  [source.netDevice, source.netBridge, source.efiBoot, source.efiFirmwareCode, source.efiFirmwareVars],
  [source.firmware, source.usePflash, source.vtpm, source.useTpm1, source.tpmDeviceType, source.vga],
];

/** The installation: each file that is served, and how the guest is logged in to. */
export async function installInputs(target: Target): Promise<Inputs> {
  const { image, builder } = target;
  const { source } = builder;
  const served = await collectTarget(target);
  const files = [...served]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, text]) => [`answers ${name}`, hashOf(text)]);
  return {
    ...Object.fromEntries(files),
    "the guest's name": hashOf(source.vmName),
    'the login': hashOf([source.communicator, image.ssh]),
  };
}

/** What makes a release of the machine as its provisioners left it. */
export async function releaseInputs({ image, builder, recipe }: Target): Promise<Inputs> {
  const { seal, tests, bootTest, release } = image;
  const scripts = [
    ...(seal === false ? [] : seal.extra),
    ...tests.flatMap(({ run }) => (run.kind === 'script' ? [run.path] : [])),
  ];
  const checked = tests.map(({ name, run, on, format }) => [
    name,
    run.kind === 'script' ? '' : run.command,
    on,
    format,
  ]);
  return {
    sealing: hashOf(seal === false ? false : [seal.family, seal.skip]),
    tests: hashOf([checked, bootTest]),
    scripts: hashOf(await Promise.all(scripts.map(hashTree))),
    release: hashOf([release, image.description]),
    shutdown: hashOf(builder.source.shutdownCommand),
    'post-processors': hashOf(JSON.stringify(builder.postProcessors).replaceAll(recipe.root, '')),
  };
}

/** A part of a build that can be taken from an earlier one. */
export interface StageInputs {
  stage: string;
  /** Where a build goes on once it is done; undefined: with nothing, it is released. */
  after: Moment | undefined;
  inputs: Inputs;
}

/** All of them in their order. @param sha256 of the source */
export async function stageInputs(target: Target, sha256: string, host: HostInputs): Promise<StageInputs[]> {
  const { image, builder, recipe } = target;
  const { provisioners } = builder;
  const end: Moment = { step: image.seal === false ? 'shutdown' : 'seal' };
  const at = (index: number): Moment => (index < provisioners.length ? { step: 'provision', index } : end);
  const provision = provisioners.map(
    async (item, index): Promise<StageInputs> => ({
      stage: `provisioner ${index + 1}: ${item.kind}`,
      after: at(index + 1),
      inputs: await provisionerInputs(item, recipe.root),
    }),
  );
  return [
    { stage: 'boot', after: { step: 'install' }, inputs: await bootInputs(target, sha256, host) },
    { stage: 'install', after: at(0), inputs: await installInputs(target) },
    ...(await Promise.all(provision)),
    { stage: 'release', after: undefined, inputs: await releaseInputs(target) },
  ];
}
