import type { Vm } from '../drivers/driver.ts';
import { readInventory } from '../guest/inventory.ts';
import { cleanUpAfterError } from '../guest/provision.ts';
import { seal } from '../guest/seal/seal.ts';
import { STEPS } from '../model/event.ts';
import type { ReleaseInfo } from '../model/image.ts';
import { withBuildPorts } from './build-ports.ts';
import { serveControl } from './checkpoint-control.ts';
import { noCheckpoints } from './checkpoint-reason.ts';
import { flatten, saveInstalled } from './checkpoint-save.ts';
import { thinOut } from './checkpoint-thin.ts';
import { saveBeforeAnswers, turnsOf } from './checkpoint-turns.ts';
import { type BuildContext, controlSocket } from './context.ts';
import { isTranslatorCrash, tellCrash } from './emulator-crash.ts';
import { within } from './guard.ts';
import { installerOf, isInstallerKnown, provisionContext, sealOptions } from './parameters.ts';
import { withoutMedia } from './recipe-arguments.ts';
import type { Run } from './run.ts';
import type { Scope } from './scope.ts';
import { Session, type Standing } from './session.ts';
import { controlled } from './session-control.ts';
import { goOnFrom, reusable, serveAgain, takeRelease } from './stage-reuse.ts';
import { passStages, type Stage, type Stages } from './stages.ts';
import { askAboutFailure } from './stages-question.ts';
import { hasOutput } from './steps/artifact.ts';
import { installMachine, typeBootCommand } from './steps/boot.ts';
import { makeCandidate } from './steps/candidate.ts';
import { connect } from './steps/connect.ts';
import { makeFolders } from './steps/disk.ts';
import { waitForInstall } from './steps/install.ts';
import { tellPackages } from './steps/packages.ts';
import { postProcess } from './steps/post-process.ts';
import { prepareMachine } from './steps/prepare.ts';
import { clearKeys, provisionGuest } from './steps/provision.ts';
import { publish } from './steps/release.ts';
import { shutDown } from './steps/shutdown.ts';
import { obtainSource, type Source } from './steps/source.ts';
import { testCandidate } from './steps/test.ts';
import type { Target } from './target.ts';

export type { Standing };

/** QEMU that was told to end by the guest takes moments. */
const EXIT_MS = 30_000;

/**
 * One build, from its source to its release: read it from top to bottom. What happens to the machine is the list of
 * `stagesOf`, each of which can be done again. Whatever a step takes is given back at the end, however that comes
 * (run.ts); `standing` says what stood when it failed.
 */
export async function build(run: Run, context: BuildContext, standing: Standing): Promise<ReleaseInfo> {
  const session = new Session(run, context, standing, noCheckpoints(context.target));
  session.seen = turnsOf(session);

  const source = await run.step('source', scope => obtainSource(scope, context));
  const reuse = await reusable(session, source);
  if (reuse.release) return takeRelease(session, reuse.release);
  const from = reuse.from;

  const make = async (scope: Scope): Promise<void> => {
    session.plan = await prepareMachine(scope, session, source);
  };
  await run.step('disk', scope => (from ? makeFolders(scope, context) : make(scope)));

  standing.served = await run.step('answers', scope => serveAgain(scope, session, from));
  if (!from) session.plan = await withBuildPorts(session.machine, context.target.builder.source, session.served);

  const control = await serveControl(controlSocket(context.runtimeDir), controlled(session));
  const renew = async (): Promise<void> => {
    await session.dropMachine();
    session.chain.restart();
    await make(run);
    session.plan = await withBuildPorts(session.machine, context.target.builder.source, session.served);
  };
  const begin = from ? await goOnFrom(session, from, renew) : ({ step: 'boot' } as const);
  await passStages(
    {
      session,
      list: () => stagesOf(session, source),
      onFailure: onceMore(session, (error, stage) => askAboutFailure(session, stage, error)),
      reread: () => reread(session),
      renew,
      onEnd: stage => cleanUp(session, stage),
    },
    begin,
  ).finally(async () => {
    control.close();
    await session.settle();
  });
  tellPackages(run, session.served.packages);
  await session.served.close();

  const thinned = thinOut(session); // beside the tests, which leave processors idle
  return release(run, context, session, source).finally(() => thinned);
}

/** What is made of the machine's disks once it is off. */
async function release(run: Run, context: BuildContext, session: Session, source: Source): Promise<ReleaseInfo> {
  const { machine, inventory, chain } = session;
  const candidate = await run.step('candidate', async scope => {
    await context.driver.bringHome?.(scope, machine);
    return makeCandidate(scope, context, machine.disks);
  });
  const tests = await run.step('test', scope => testCandidate(scope, context, machine, candidate));
  if (hasOutput(context.target)) {
    await run.step('post-process', scope => postProcess(scope, context, source, candidate, machine));
  }
  const stage = chain.done?.stage === 'release' ? chain.done : undefined;
  const made = { candidate, machine, tests, inventory, stage };
  return run.step('release', scope => publish(scope, context, source, made));
}

/** What happens to the machine, in its order. */
function stagesOf(session: Session, source: Source): Stage[] {
  const { image, builder } = session.context.target;
  const { provisioners } = builder;
  const { communicator } = builder.source;
  const inputs = (stage: string) => async () => (await session.inputs()).find(one => one.stage === stage);
  const boot: Stage = {
    moment: { step: 'boot' },
    isWait: true,
    inputs: inputs('boot'),
    work: scope => bootInstaller(scope, session, source),
  };
  const install: Stage = {
    moment: { step: 'install' },
    isWait: true,
    endsMachine: true,
    inputs: inputs('install'),
    work: scope => waitForInstaller(scope, session),
  };
  const isInstall = isAwaited(session.context.target, source);
  const first = [boot, ...(isInstall ? [install] : [])];
  if (communicator.kind === 'none') return first;
  return [
    ...first,
    {
      moment: { step: 'connect' },
      isWait: true,
      ...(isInstall ? {} : { inputs: inputs('install') }),
      work: scope => logIn(scope, session, source),
    },
    ...provisioners.map(
      ({ kind }, index): Stage => ({
        moment: { step: 'provision', index },
        checkpoint: `before provisioner ${index + 1}: ${kind}`,
        inputs: inputs(`provisioner ${index + 1}: ${kind}`),
        work: scope => provisionGuest(scope, session, index),
      }),
    ),
    ...(communicator.kind === 'ssh' && communicator.clearAuthorizedKeys
      ? [clearing(session, provisioners.length)]
      : []),
    ...(image.seal === false ? [] : [sealing(session)]),
    {
      moment: { step: 'shutdown' },
      ...(image.seal === false ? { checkpoint: 'before shutting down' } : {}),
      endsMachine: true,
      inputs: inputs('release'),
      work: scope => switchOff(scope, session),
    },
  ];
}

const clearing = (session: Session, index: number): Stage => ({
  moment: { step: 'provision', index },
  work: scope => clearKeys(scope, session.context, session.loggedIn),
});

const sealing = (session: Session): Stage => ({
  moment: { step: 'seal' },
  checkpoint: 'before sealing',
  work: async scope => {
    const [inventory] = await Promise.all([readInventory(scope, session.loggedIn), flatten(session)]);
    session.inventory = inventory;
    await seal(scope, session.loggedIn, sealOptions(session.context));
  },
});

/** Whether the installation's end can be waited for; otherwise the patience is in logging in. */
function isAwaited({ image, builder }: Target, source: Source): boolean {
  const isAlone = builder.source.communicator.kind === 'none';
  const hasEnd = isInstallerKnown(installerOf({ image, builder })) || image.boot.kind === 'direct' || isAlone;
  return hasEnd && (source.kind === 'iso' || isAlone);
}

async function bootInstaller(scope: Scope, session: Session, source: Source): Promise<void> {
  const { context, served } = session;
  const machine = await installMachine(context, session.machine, source, served, session.layerDir);
  const vm = session.vm ?? (await session.start(machine, 'install'));
  await saveBeforeAnswers(session, { step: isAwaited(context.target, source) ? 'install' : 'connect' });
  await typeBootCommand(scope, context, vm, session.guard, served);
}

async function waitForInstaller(scope: Scope, session: Session): Promise<void> {
  session.end = await waitForInstall(scope, session.context, session.running, session.guard, session.served);
  session.observer.installed();
}

/** Logs in to the installed system; a machine that has ended with its installation is booted from its disk. */
async function logIn(scope: Scope, session: Session, source: Source): Promise<void> {
  const { context, observer, guard } = session;
  const { target } = context;
  const vm = await installedMachine(session);
  const signs = isAwaited(target, source)
    ? observer.loginPrompt()
    : Promise.race([observer.loginPrompt(), firstReset(vm)]);
  session.guest = await connect(scope, context, vm, guard, session.served, signs);
  observer.installed();
}

async function installedMachine(session: Session): Promise<Vm> {
  const { vm, context, end } = session;
  const hasEnded = context.target.image.boot.kind === 'direct' || end === 'powered-off';
  if (vm && !(hasEnded && session.isInstalling)) return vm;
  if (vm) await within(EXIT_MS, 'The end of the machine', vm.exited);
  await saveInstalled(session, withoutMedia(session.machine));
  return session.start(withoutMedia(session.machine), 'installed');
}

async function switchOff(scope: Scope, session: Session): Promise<void> {
  const { running, loggedIn } = session;
  session.inventory ??= await readInventory(scope, loggedIn);
  session.forget();
  await shutDown(scope, session.context, running, loggedIn);
}

/** What a person changed since: the recipe, its scripts, the answers. */
async function reread(session: Session): Promise<void> {
  const { context, served } = session;
  context.target = await context.reread();
  await served.refresh();
}

async function cleanUp(session: Session, { moment }: Stage): Promise<void> {
  const { guest, context, run } = session;
  const { errorCleanup } = context.target.builder;
  if (moment.step !== 'provision' || !guest || !errorCleanup || run.signal.aborted) return;
  await cleanUpAfterError(run, guest, errorCleanup, provisionContext(context, guest, session.served));
}

/** After a crash of QEMU's own emulator, in which the guest has no part, a stage is done once more by itself. */
function onceMore({ run }: Session, otherwise: Stages['onFailure']): Stages['onFailure'] {
  let isRepeated = false;
  return async (error, stage) => {
    if (isRepeated || !isTranslatorCrash(error)) return otherwise(error, stage);
    isRepeated = true;
    const isBoot = stage.moment.step === 'boot' || stage.moment.step === 'install';
    const where = `in the step "${STEPS[stage.moment.step]}"; it is done once more`;
    tellCrash(run, isBoot ? 'while the installer booted; it is booted once more' : where);
    return { kind: 'retry', isReread: false };
  };
}

const firstReset = (vm: Vm): Promise<void> =>
  new Promise(resolve => {
    const stop = vm.onEvent(event => {
      if (event.type !== 'reset') return;
      stop();
      resolve();
    });
  });
