import path from 'node:path';
import { collectAnswers, renderAnswers } from '../answers/render.ts';
import { Layers } from '../build/checkpoint-layers.ts';
import { noCheckpoints, stageDriver } from '../build/checkpoint-reason.ts';
import { lateProgramProblems } from '../build/late-programs.ts';
import { planMachine } from '../build/machine.ts';
import { installerOf } from '../build/parameters.ts';
import { keyed } from '../build/stage-chain.ts';
import { hostInputs, stageInputs } from '../build/stage-inputs.ts';
import { planStages } from '../build/stage-plan.ts';
import { knownSource } from '../build/stage-source.ts';
import { findTargets, type Target } from '../build/target.ts';
import { templatedAnswers } from '../build/target-answers.ts';
import { workingFiles } from '../build/working-disks.ts';
import type { Driver } from '../drivers/driver.ts';
import { DEFAULT_URI } from '../drivers/libvirt/uri.ts';
import { sealItems } from '../guest/seal/seal.ts';
import { GoldsmithError } from '../model/failure.ts';
import type { HostFacts } from '../model/host.ts';
import type { Machine } from '../model/machine.ts';
import type { DriverChoice, Plan, PlanOptions } from '../model/plan.ts';
import { Redactor } from '../model/redact.ts';
import type { PlanStage } from '../model/stage.ts';
import { describeLab, freeVersion } from '../store/version.ts';
import type { EngineDeps } from './deps.ts';
import { openDriver } from './drivers.ts';
import { lintAnswers } from './lint-target.ts';
import { mirrorEnvironment } from './mirror.ts';
import {
  bootOf,
  exampleVariables,
  handOffsOf,
  outputsOf,
  postProcessorOf,
  provisionerOf,
  sourceOf,
  switchesOf,
  wayOf,
} from './plan-parts.ts';

/** Resolves everything a build would do; makes nothing. @throws GoldsmithError `usage` when there are several builders */
export async function planBuild(
  deps: EngineDeps,
  name: string,
  options: PlanOptions,
  signal: AbortSignal,
): Promise<Plan> {
  const [plan, ...others] = await planBuilds(deps, name, options, signal);
  if (plan && others.length === 0) return plan;
  throw new GoldsmithError('usage', `${name} has several builders.`, {
    hint: `Choose one with --only: ${[plan, ...others].map(one => one?.builder).join(', ')}.`,
  });
}

/** One plan for each builder. What they share (host, repository, folders of answers) is looked at once. */
export async function planBuilds(
  deps: EngineDeps,
  name: string,
  options: PlanOptions,
  signal: AbortSignal,
): Promise<Plan[]> {
  deps.httpAnswers = new Map();
  const { cwd, httpAnswers } = deps;
  const targets = await findTargets(name, { ...options, cwd, httpAnswers, mirror: mirrorEnvironment });
  const root = targets[0]?.root ?? deps.cwd;
  const [facts, describe] = await Promise.all([deps.facts({ signal }), describeLab(root, new Date())]);
  const shared: Shared = { deps, driver: options.driver, facts, describe, folders: new Map() };
  const plans: Plan[] = [];
  for (const target of targets) plans.push(await planTarget(target, shared, options.isFull ?? false));
  return plans;
}

interface Shared {
  deps: EngineDeps;
  driver: DriverChoice | undefined;
  facts: HostFacts;
  describe: string;
  /** By absolute path. */
  folders: Map<string, Promise<Map<string, Buffer>>>;
}

async function planTarget(target: Target, shared: Shared, isFull: boolean): Promise<Plan> {
  const { deps } = shared;
  const { image, builder, recipe } = target;
  const { machine, acceleratorReason, problems } = machineOf(target, shared);
  const { boot, problems: bootProblems } = bootOf(target, isFull);
  const { version } = await freeVersion(shared.describe, image.name, await deps.store());
  const { communicator } = builder.source;
  const secrets = new Redactor();
  secrets.add(...builder.secrets);
  const served = await servedBy(target, shared, isFull);
  return secrets.maskDeep<Plan>({
    image: image.name,
    version,
    recipe: recipe.path,
    builder: builder.name,
    root: target.root,
    source: await sourceOf(target, deps.home.cache),
    machine,
    acceleratorReason,
    ...(await productOf(target, shared, machine)),
    packerSwitches: switchesOf(target, machine.accelerator),
    boot,
    installer: installerOf(target),
    answers: answersOf(served, isFull),
    guest: {
      communicator: communicator.kind,
      ...(communicator.kind === 'none'
        ? {}
        : { user: image.ssh.user ?? communicator.username, timeoutMs: communicator.timeoutMs }),
      ...wayOf(communicator),
    },
    provisioners: builder.provisioners.map(provisionerOf),
    ...(builder.errorCleanup ? { errorCleanup: provisionerOf(builder.errorCleanup) } : {}),
    postProcessors: builder.postProcessors.map(chain => chain.map(postProcessorOf)),
    outputs: [...outputsOf(target), ...handOffsOf(target, version)],
    seal: image.seal === false ? [] : sealItems().map(({ name: item, title }) => ({ name: item, summary: title })),
    tests: image.tests.map(test => ({
      name: test.name,
      on: test.on,
      summary: test.run.kind === 'script' ? test.run.path : test.run.command,
      timeoutMs: test.timeoutMs,
    })),
    release: { ...image.release, channel: image.channel },
    stages: await stagesOf(target, shared),
    problems: [
      ...problems,
      ...bootProblems,
      ...lateProgramProblems(target),
      ...recipe.problems,
      ...lintAnswers(target, served),
    ],
  });
}

/** Of a build that is not there yet. */
const newId = ({ image }: Target): string => `${image.name}-(new)`;

const driverOf = (target: Target, { driver: choice }: Shared): Promise<Driver> =>
  openDriver(choice, target.image, { owner: { kind: 'build', id: newId(target) }, diesWithUs: true });

/** What the driver makes of the machine. */
async function productOf(
  target: Target,
  shared: Shared,
  machine: Machine,
): Promise<Pick<Plan, 'qemuArguments' | 'libvirt'>> {
  const { deps, driver: choice } = shared;
  const { image } = target;
  const driver = await driverOf(target, shared);
  const runtimeDir = path.join(deps.home.runtime, newId(target));
  const domainXml = driver.definition?.(machine, runtimeDir);
  if (domainXml === undefined) return { qemuArguments: driver.describe(machine, runtimeDir) };
  return { qemuArguments: [], libvirt: { uri: choice?.uri ?? image.libvirt.uri ?? DEFAULT_URI, domainXml } };
}

/** Without a source that was fetched before, or with a host that cannot run it, nothing can be said. */
async function stagesOf(target: Target, shared: Shared): Promise<PlanStage[]> {
  const { deps, facts } = shared;
  const source = await knownSource(deps.home.cache, target);
  if (!target.image.stageCache || noCheckpoints(target) !== undefined || source === undefined) return [];
  const stages = keyed(
    await stageInputs(target, source, hostInputs(target, facts, stageDriver(await driverOf(target, shared)))),
  );
  return planStages(new Layers(deps.home.stages), await deps.store(), target.image.name, stages, Date.now());
}

function machineOf({ image, builder: { source }, recipe }: Target, { deps, facts }: Shared) {
  const dir = path.join(deps.home.builds, `${image.name}-(new)`);
  const work = path.join(dir, 'work');
  const hasCd = source.cdFiles.length + Object.keys(source.cdContent).length > 0;
  const hasFloppy = source.floppyFiles.length + source.floppyDirs.length + Object.keys(source.floppyContent).length > 0;
  return planMachine(`goldsmith-${image.name}`, source, image.machine, facts, {
    ...workingFiles(source, work),
    cdroms: [
      ...(source.diskImage ? [] : [path.join(deps.home.cache, 'source.iso')]),
      ...(hasCd ? [path.join(work, 'seed.iso')] : []),
    ],
    ...(hasFloppy ? { floppy: path.join(work, 'floppy.img') } : {}),
    serialLog: path.join(dir, 'serial.log'),
    root: recipe.root,
  });
}

/** What the recipe serves, as it would be served. */
async function servedBy(target: Target, { folders }: Shared, isFull: boolean): Promise<Map<string, Buffer>> {
  const { builder, recipe } = target;
  const templated = await templatedAnswers(target);
  const { httpDirectory, httpContent } = builder.source;
  const files = await collectAnswers({ httpContent }, recipe.root);
  if (httpDirectory !== undefined) {
    const folder = path.resolve(recipe.root, httpDirectory);
    const found = folders.get(folder) ?? collectAnswers({ httpDirectory, httpContent: {} }, recipe.root);
    folders.set(folder, found);
    for (const [file, content] of await found) files.set(file, content);
  }
  for (const [file, content] of templated) files.set(file, content);
  return isFull ? renderAnswers(files, exampleVariables(builder.source)) : files;
}

const answersOf = (served: ReadonlyMap<string, Buffer>, isFull: boolean): Plan['answers'] =>
  [...served].map(([file, content]) => ({
    path: file,
    kind: path.extname(file).slice(1) || 'file',
    bytes: content.length,
    ...(isFull && isShownText(content) ? { text: content.toString('utf8') } : {}),
  }));

const LONGEST_SHOWN = 65_536;

const isShownText = (content: Buffer): boolean => content.length <= LONGEST_SHOWN && !content.includes(0);
