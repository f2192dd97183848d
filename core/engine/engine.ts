import { copyFile, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { buildFiles } from '../build/context.ts';
import type { BuildDetails, Engine, Watch } from '../model/engine.ts';
import type { BuildState } from '../model/fold.ts';
import type { CleanOptions, IsoInfo, Removal } from '../model/image.ts';
import type { IsoName } from '../model/lab.ts';
import { findLab, readLab } from '../recipe/lab.ts';
import { allocatedBytes } from '../store/candidates.ts';
import { cancelBuild } from './cancel.ts';
import { EngineDeps, type EngineOptions } from './deps.ts';
import { followJournal } from './follow.ts';
import { openSsh } from './open-ssh.ts';
import { recoverFolders, removeFolder } from './recovery.ts';
import { scopeOf } from './told.ts';
import { livingVm, livingVms, vmInfo } from './vms.ts';

/**
 * The engine in this process: what the command line, the app and the served app are faces of. What builds and plans is
 * loaded when it is first asked for: a list of releases needs none of it, and is there in half the time.
 */
export function makeEngine(options: EngineOptions): Engine {
  const deps = new EngineDeps(options);
  const recover = async (how = { dryRun: false }): Promise<Removal[]> => [
    ...(await recoverFolders(deps.builds, how)),
    ...(await recoverFolders(deps.vms, how)),
  ];
  return {
    build: async (target, buildOptions, watch) => {
      await recover();
      return (await import('./run-build.ts')).runBuild(deps, target, buildOptions, watch);
    },
    plan: async (target, planOptions) =>
      (await import('./plan.ts')).planBuild(deps, target, planOptions, new AbortController().signal),
    plans: async (target, planOptions) =>
      (await import('./plan.ts')).planBuilds(deps, target, planOptions, new AbortController().signal),
    exportTemplate: async (target, planOptions) =>
      (await import('./export-template.ts')).exportAsTemplate(deps, target, planOptions),
    targets: async () => {
      const lab = await findLab(deps.cwd);
      const images = lab === undefined ? [] : (await readLab(lab)).images;
      return images.map(({ name, description, recipe }) => ({
        name,
        recipe,
        ...(description === undefined ? {} : { description }),
      }));
    },
    recipe: async target => (await import('./recipe-form.ts')).recipeForm(deps, target),
    builds: async () => Promise.all((await deps.builds.states()).map(state => asItStands(deps, state))),
    cancel: async wanted => cancelBuild(deps, await deps.builds.find(wanted, 'build')),
    manifest: async ref => (await deps.store()).manifest(ref),
    show: async wanted => showBuild(deps, await deps.builds.find(wanted, 'build')),
    followLog: async (wanted, { follow }, watch) => {
      const id = await deps.builds.find(wanted, 'build');
      await followJournal(deps.builds.journal(id), follow, watch);
    },
    snapshots: async (vm, work, name) => (await import('./snapshots.ts')).workOnSnapshots(deps, vm, work, name),
    checkpoints: async wanted =>
      (await import('./rewind.ts')).listCheckpoints(deps, await deps.builds.find(wanted, 'build')),
    checkpoint: async (wanted, name) =>
      (await import('./rewind.ts')).takeCheckpoint(deps, await deps.builds.find(wanted, 'build'), name),
    rewind: async (wanted, checkpoint, rewindOptions, watch) => {
      await recover();
      const id = await deps.builds.find(wanted, 'build');
      return (await import('./rewind.ts')).rewindBuild(deps, id, checkpoint, rewindOptions, watch);
    },
    answer: async (wanted, choice) =>
      (await import('./rewind.ts')).answerQuestion(deps, await deps.builds.find(wanted, 'build'), choice),
    compare: async (one, other) => (await import('./compare.ts')).compareBranches(deps, one, other),
    explain: async wanted => (await import('./explain.ts')).explainBuild(deps, await deps.builds.find(wanted, 'build')),
    film: async (wanted, output) =>
      (await import('./film.ts')).exportFilm(deps, await deps.builds.find(wanted, 'build'), output),
    stages: async () => (await import('./stages.ts')).listStages(deps),
    removeStages: async wanted => (await import('./stages.ts')).removeStages(deps, wanted),
    images: async () => (await deps.store()).list(),
    resolve: async ref => (await deps.store()).resolve(ref),
    promote: async (ref, channel) => {
      const store = await deps.store();
      const { image, version } = await store.resolve(ref);
      return store.promote(image, version, channel);
    },
    verify: async (ref, watch) => (await deps.store()).verify(ref, { signal: watch.signal }),
    exportTo: async (ref, exportOptions, watch) =>
      (await import('./export.ts')).exportTo(deps, ref, exportOptions, watch),
    importImage: async (file, importOptions, watch) =>
      (await import('./import.ts')).importImage(deps, file, importOptions, watch),
    verifyHandOff: async (dir, watch, key) =>
      (await import('../export/verify.ts')).verifyHandOff(dir, watch.signal, key),
    remove: (what, { force }) => remove(deps, what, force),
    run: async (ref, runOptions, watch) => {
      await recover();
      return (await import('./run-vm.ts')).runVm(deps, ref, runOptions, watch);
    },
    vms: () => livingVms(deps),
    waitForVm: async (id, signal) => (await import('./run-vm.ts')).waitForVm(deps, id, signal),
    console: async wanted => {
      const vm = await livingVm(deps, wanted);
      const dir = (vm.kind === 'run' ? deps.vms : deps.builds).dir(vm.id);
      return { serialSocket: vm.serialSocket ?? '', serialLog: buildFiles(dir).serialLog };
    },
    shell: async wanted => {
      const vm = await livingVm(deps, wanted);
      return (await import('./shell.ts')).shellWay(deps, vm, vm.ssh ? sshArguments(vm, deps, []) : []);
    },
    ssh: async (wanted, command) => ({ argv: sshArguments(await livingVm(deps, wanted), deps, command) }),
    machines: {
      create: async (...args) => (await import('./long-lived/create.ts')).createMachine(deps, ...args),
      describe: async (...args) => (await import('./long-lived/describe.ts')).describeMachine(deps, ...args),
      list: async () => (await import('./long-lived/manage.ts')).listMachines(deps),
      start: async name => (await import('./long-lived/manage.ts')).startMachine(deps, name),
      stop: async (...args) => (await import('./long-lived/manage.ts')).stopMachine(deps, ...args),
      remove: async (...args) => (await import('./long-lived/manage.ts')).removeMachine(deps, ...args),
      console: async name => (await import('./long-lived/manage.ts')).machineConsole(deps, name),
      ssh: async (...args) => (await import('./long-lived/manage.ts')).machineSsh(deps, ...args),
    },
    iso: (name, isoOptions, watch) => iso(deps, name, isoOptions, watch),
    doctor: async (doctorOptions, watch) => (await import('./doctor.ts')).examine(deps, doctorOptions, watch),
    recover,
    clean: async cleanOptions => {
      if (cleanOptions.libvirt) return (await import('./clean-libvirt.ts')).cleanLibvirt(deps, cleanOptions);
      return [...(await recover(cleanOptions)), ...(await clean(deps, cleanOptions))];
    },
  };
}

/** A journal without an end, and nobody who writes it: cut off. */
const asItStands = async (deps: EngineDeps, state: BuildState): Promise<BuildState> =>
  state.outcome !== 'running' || (await deps.builds.isHeld(state.id)) ? state : { ...state, outcome: 'interrupted' };

async function showBuild(deps: EngineDeps, id: string): Promise<BuildDetails> {
  const dir = deps.builds.dir(id);
  const names = await readdir(dir);
  const files = await Promise.all(
    names
      .sort()
      .map(async name => ({ name, path: path.join(dir, name), bytes: (await stat(path.join(dir, name))).size })),
  );
  const state = await asItStands(deps, deps.builds.state(id));
  const vm = await vmInfo(deps.builds, state, state.kept ? 'kept-build' : 'build');
  return { state, dir, files, ...(vm.pid === undefined ? {} : { vm }) };
}

function sshArguments(vm: Awaited<ReturnType<typeof livingVm>>, deps: EngineDeps, command: string[]): string[] {
  const dir = (vm.kind === 'run' ? deps.vms : deps.builds).dir(vm.id);
  const { host = '127.0.0.1', port = 22, user = 'root' } = vm.ssh ?? {};
  return openSsh({ ...buildFiles(dir), host, port, user }, command);
}

/** A release (`image@version`), or a build or machine by its name. */
async function remove(deps: EngineDeps, what: string, force: boolean): Promise<Removal> {
  if (what.includes('@')) return (await deps.store()).remove(what, { force });
  const isVm = (await deps.vms.ids()).some(id => id.startsWith(what));
  const folders = isVm ? deps.vms : deps.builds;
  const id = await folders.find(what, 'build');
  const freedBytes = await allocatedBytes(folders.dir(id));
  await removeFolder(folders, id, 'removed');
  return { kind: isVm ? 'vm' : 'build', name: id, freedBytes, reason: 'asked for' };
}

async function iso(
  deps: EngineDeps,
  name: IsoName,
  { output, force }: { output?: string; force: boolean },
  watch: Watch,
): Promise<IsoInfo> {
  const { makeIso } = await import('../media/makers.ts');
  const made = await makeIso(scopeOf(watch), name, deps.home.cache, { force });
  if (output !== undefined) await copyFile(made.path, output);
  const file = output ?? made.path;
  return { name, path: file, sha256: made.sha256, bytes: (await stat(file)).size, isReused: made.isReused };
}

async function clean(deps: EngineDeps, options: CleanOptions): Promise<Removal[]> {
  const { dryRun, all, olderThanMs } = options;
  const removals = await (await deps.store()).collectGarbage({ dryRun });
  for (const state of await deps.builds.states()) {
    const isOld = olderThanMs !== undefined && Date.now() - Date.parse(state.at) > olderThanMs;
    if (!isOld || state.outcome === 'running') continue;
    const freedBytes = await allocatedBytes(deps.builds.dir(state.id));
    if (!dryRun) await removeFolder(deps.builds, state.id, 'old');
    removals.push({ kind: 'build', name: state.id, freedBytes, reason: 'older than asked for' });
  }
  if (all) {
    const freedBytes = await allocatedBytes(deps.home.cache);
    if (!dryRun) await rm(deps.home.cache, { recursive: true, force: true });
    removals.push({ kind: 'cache', name: deps.home.cache, freedBytes, reason: 'all caches' });
    const { listStages, removeStages } = await import('./stages.ts');
    const unused = (await listStages(deps)).layers.filter(({ isInUse }) => !isInUse);
    const stages = unused.map(({ id, bytes }) => ({
      kind: 'stage',
      name: id,
      freedBytes: bytes,
      reason: 'all caches',
    }));
    removals.push(...(dryRun ? stages : await removeStages(deps, undefined)));
  }
  return removals;
}
