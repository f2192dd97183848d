import type { Vm } from '../drivers/driver.ts';
import { seal } from '../guest/seal/seal.ts';
import type { ReleaseInfo } from '../model/engine.ts';
import { withBuildPorts } from './build-ports.ts';
import { type BuildContext, buildFiles } from './context.ts';
import { bootTwice } from './emulator-crash.ts';
import { Guard } from './guard.ts';
import { planMachine } from './machine.ts';
import { Observer } from './observer.ts';
import { installerOf, isInstallerKnown, provisionContext, sealOptions } from './parameters.ts';
import { withoutMedia } from './recipe-arguments.ts';
import type { Run } from './run.ts';
import { type Served, serveAnswers } from './steps/answers.ts';
import { hasOutput } from './steps/artifact.ts';
import { installMachine, startMachine, typeBootCommand } from './steps/boot.ts';
import { makeCandidate } from './steps/candidate.ts';
import { connect } from './steps/connect.ts';
import { copyEfiVars, createDisks } from './steps/disk.ts';
import { type InstallEnd, waitForInstall } from './steps/install.ts';
import { createSeedMedia } from './steps/media.ts';
import { tellPackages } from './steps/packages.ts';
import { postProcess } from './steps/post-process.ts';
import { provisionGuest } from './steps/provision.ts';
import { publish } from './steps/release.ts';
import { shutDown } from './steps/shutdown.ts';
import { obtainSource } from './steps/source.ts';
import { testCandidate } from './steps/test.ts';

/** What a failed build can still show. */
export interface Standing {
  vm?: Vm;
  /** Ports that listen for the guest: closed however the build ends. */
  served?: Served;
  runtimeName?: string;
}

/**
 * One build, from its source to its release: read it from top to bottom. Whatever a step takes is given back at the
 * end, however that comes (run.ts); `standing` says what stood when it failed.
 */
export async function build(run: Run, context: BuildContext, standing: Standing): Promise<ReleaseInfo> {
  const { image, builder } = context.target;
  const guard = new Guard(run.signal);
  const installer = installerOf(context.target);
  const observer = new Observer(run, guard, installer, image.timeouts);

  const source = await run.step('source', scope => obtainSource(scope, context));

  const planned = await run.step('disk', async scope => {
    const { disks, efiVars, packerDir } = await createDisks(scope, context, source);
    const seeds = await createSeedMedia(scope, context);
    const plan = planMachine(`goldsmith-${context.id}`, builder.source, image.machine, context.facts, {
      disks,
      cdroms: [...(source.kind === 'iso' ? [source.path] : []), ...seeds.cdroms],
      ...(seeds.floppy === undefined ? {} : { floppy: seeds.floppy }),
      efiVars,
      packerDir,
      root: context.target.recipe.root,
      serialLog: buildFiles(context.dir).serialLog,
    });
    for (const { message, hint, severity } of plan.problems)
      scope.emit(
        severity === 'note' ? { type: 'note', message } : { type: 'warning', message, ...(hint ? { hint } : {}) },
      );
    await copyEfiVars(plan.efiVarsTemplate, efiVars);
    return plan.machine;
  });

  const served = await run.step('answers', scope => serveAnswers(scope, context, observer));
  standing.served = served;
  const machine = await withBuildPorts(planned, builder.source, served);

  const hasEnd =
    isInstallerKnown(installer) || image.boot.kind === 'direct' || builder.source.communicator.kind === 'none';
  const isAwaited = hasEnd && (source.kind === 'iso' || builder.source.communicator.kind === 'none');
  const install = async (name: string): Promise<{ installing: Vm; end: InstallEnd }> => {
    const installing = await run.step('boot', async scope => {
      const vm = await startMachine(scope, context, await installMachine(context, machine, source, served), name);
      standing.vm = vm;
      observer.attach(vm, machine.serialLog, { readsInstaller: true });
      await typeBootCommand(scope, context, vm, guard, served);
      return vm;
    });
    if (!isAwaited) return { installing, end: 'rebooted' };
    const end = await run.step('install', scope => waitForInstall(scope, context, installing, guard, served));
    observer.installed();
    return { installing, end };
  };
  // An installer that has no answers yet has touched nothing.
  const isUntouched = (): boolean => isAwaited && served.server.fetched.size === 0;
  const names = { 1: 'install', 2: 'install-again' } as const;
  const { installing, end } = await bootTwice(run, 'the installer', attempt => install(names[attempt]), isUntouched);

  if (builder.source.communicator.kind !== 'none') {
    const guest = await run.step('connect', async scope => {
      const isGone = image.boot.kind === 'direct' || end === 'powered-off';
      const vm = isGone ? await startInstalled(run, context, machine, observer, standing) : installing;
      guard.watch(vm, () => standing.vm !== vm);
      const signs = isAwaited ? observer.loginPrompt() : Promise.race([observer.loginPrompt(), firstReset(vm)]);
      const loggedIn = await connect(scope, context, vm, guard, served, signs);
      observer.installed();
      return { vm, guest: loggedIn };
    });
    await run.step('provision', scope =>
      guard.during(provisionGuest(scope, context, guest.guest, provisionContext(context, guest.guest, served))),
    );
    if (image.seal !== false) {
      const options = sealOptions(context);
      await run.step('seal', scope => guard.during(seal(scope, guest.guest, options)));
    }
    await run.step('shutdown', async scope => {
      delete standing.vm;
      await shutDown(scope, context, guest.vm, guest.guest);
    });
  }
  tellPackages(run, served.packages);
  await served.close();

  const candidate = await run.step('candidate', scope => makeCandidate(scope, context, machine.disks));
  const tests = await run.step('test', scope => testCandidate(scope, context, machine, candidate));
  if (hasOutput(context.target)) {
    await run.step('post-process', scope => postProcess(scope, context, source, candidate, machine));
  }
  return run.step('release', scope => publish(scope, context, source, candidate, tests, machine));
}

/** The installed system, booted from its disk without the installer's media. */
async function startInstalled(
  run: Run,
  context: BuildContext,
  machine: Parameters<typeof startMachine>[2],
  observer: Observer,
  standing: Standing,
): Promise<Vm> {
  const vm = await startMachine(run, context, withoutMedia(machine), 'installed');
  standing.vm = vm;
  observer.attach(vm, machine.serialLog, { readsInstaller: true });
  return vm;
}

const firstReset = (vm: Vm): Promise<void> =>
  new Promise(resolve => {
    const stop = vm.onEvent(event => {
      if (event.type !== 'reset') return;
      stop();
      resolve();
    });
  });
