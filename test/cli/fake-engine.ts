import type { Checkpoint, CheckpointInfo } from '../../core/model/checkpoint.ts';
import type { Comparison } from '../../core/model/comparison.ts';
import type {
  BuildDetails,
  BuildOptions,
  BuildResult,
  Check,
  Engine,
  Examination,
  RewindOptions,
  ShellWay,
  Watch,
} from '../../core/model/engine.ts';
import type { Stamped } from '../../core/model/event.ts';
import type { Explanation } from '../../core/model/explanation.ts';
import { GoldsmithError, type Problem } from '../../core/model/failure.ts';
import { type BuildState, fold } from '../../core/model/fold.ts';
import type { ExportToOptions } from '../../core/model/hand-off.ts';
import type { CleanOptions, ImageInfo, ImportOptions, IsoInfo, ReleaseInfo, Removal } from '../../core/model/image.ts';
import type { IsoName } from '../../core/model/lab.ts';
import type { LongLivedInfo, LongLivedMachines } from '../../core/model/long-lived.ts';
import type { Manifest } from '../../core/model/manifest.ts';
import type { Plan, PlanOptions, RecipeForm, TargetInfo } from '../../core/model/plan.ts';
import type { RunVmOptions, VmInfo } from '../../core/model/vm.ts';
import { FAILED_BUILD, GOOD_BUILD } from './fake-journals.ts';
import { planOf } from './fake-plan.ts';
import { CHECKPOINT, CHECKPOINTS, LONG_LIVED, MANIFEST, RELEASE, VARIABLES, VM } from './fake-things.ts';

/** An engine of plain data: tells `events`, then fails with `failure` or succeeds. Remembers what it was asked. */
export class FakeEngine implements Engine {
  events: Stamped[] = GOOD_BUILD;
  failure: GoldsmithError | undefined;
  problems: Problem[] = [];
  vmList: VmInfo[] = [VM];
  argv: string[] = ['true'];
  serialSocket = '/nowhere';
  /** Called while a build runs, before its end. */
  during: (watch: Watch, options: BuildOptions) => Promise<void> = async () => {};
  readonly asked: unknown[][] = [];

  async build(target: string, options: BuildOptions, watch: Watch): Promise<BuildResult> {
    this.asked.push(['build', target, options]);
    for (const event of this.events) watch.onEvent(event);
    await this.during(watch, options);
    if (this.failure) throw this.failure;
    return { build: 'web-20261120-1', release: RELEASE };
  }
  /** Those of the template that is planned. */
  builders = ['qemu.web'];
  sharesOutputs = false;

  async plan(target: string, options: PlanOptions): Promise<Plan> {
    this.asked.push(['plan', target, options]);
    return planOf(this.problems);
  }

  async exportTemplate(target: string, options: PlanOptions): Promise<{ text: string; problems: Problem[] }> {
    this.asked.push(['exportTemplate', target, options]);
    return { text: 'source "qemu" "web" {}\n', problems: this.problems };
  }

  async plans(target: string, options: PlanOptions): Promise<Plan[]> {
    this.asked.push(['plans', target, options]);
    const outputs = (builder: string): object =>
      this.builders.length > 1 && !this.sharesOutputs ? { outputs: [`output-${builder}/web`] } : {};
    return this.builders.map(builder => ({ ...planOf(this.problems), builder, ...outputs(builder) }));
  }
  async targets(): Promise<TargetInfo[]> {
    return [
      { name: 'web', recipe: 'packer/web.pkr.hcl' },
      { name: 'db', recipe: 'packer/db.pkr.hcl' },
    ];
  }
  async recipe(target: string): Promise<RecipeForm> {
    this.asked.push(['recipe', target]);
    return { target, recipe: '/lab/packer/web.pkr.hcl', variables: VARIABLES, builders: ['qemu.web'] };
  }
  async cancel(build: string): Promise<{ wasRunning: boolean }> {
    this.asked.push(['cancel', build]);
    return { wasRunning: true };
  }
  async manifest(ref: string): Promise<Manifest> {
    this.asked.push(['manifest', ref]);
    return MANIFEST;
  }
  async builds(): Promise<BuildState[]> {
    return [fold(this.events), { ...fold(FAILED_BUILD), id: 'db-20261119-7' }];
  }
  async show(build: string): Promise<BuildDetails> {
    const state = (await this.builds()).find(({ id }) => id === build);
    if (!state) throw new GoldsmithError('not-found', `There is no build ${build}.`);
    return { state, dir: `/b/${build}`, files: [{ name: 'journal', path: `/b/${build}/journal.jsonl`, bytes: 2048 }] };
  }
  async followLog(build: string, options: { follow: boolean }, watch: Watch): Promise<void> {
    this.asked.push(['followLog', build, options]);
    for (const event of this.events) watch.onEvent(event);
  }
  async snapshots(vm: string, work: 'list' | 'save' | 'load' | 'delete', name: string) {
    this.asked.push(['snapshots', vm, work, name]);
    return [{ name: 'before', at: '2026-11-20T11:05:00.000Z', memoryBytes: 115_343_360 }];
  }
  async checkpoints(build: string): Promise<CheckpointInfo[]> {
    this.asked.push(['checkpoints', build]);
    return CHECKPOINTS;
  }
  async checkpoint(build: string, name: string): Promise<Checkpoint> {
    this.asked.push(['checkpoint', build, name]);
    return { ...CHECKPOINT, name };
  }
  async rewind(build: string, checkpoint: string, options: RewindOptions, _watch: Watch) {
    this.asked.push(['rewind', build, checkpoint, options]);
    return { build: 'web-20261120-2', release: RELEASE };
  }
  async answer(build: string, choice: string): Promise<void> {
    this.asked.push(['answer', build, choice]);
  }
  async shell(id: string): Promise<ShellWay> {
    this.asked.push(['shell', id]);
    return { via: 'ssh', argv: ['true'] };
  }

  async compare(one: string, other: string): Promise<Comparison> {
    this.asked.push(['compare', one, other]);
    return { one: { build: one, title: one }, other: { build: other, title: other }, differences: [] };
  }

  async explain(build: string): Promise<Explanation> {
    this.asked.push(['explain', build]);
    const finding = { rule: 'r', reason: 'The disk is full.', evidence: ['No space left'], tries: ['Make it larger.'] };
    return { build, failure: { code: 'provision-failed', message: 'It ended with 1.' }, findings: [finding] };
  }
  async film(build: string, output: string) {
    this.asked.push(['film', build, output]);
    return { path: output, pictures: 12, lines: 340, bytes: 1_048_576 };
  }
  async stages() {
    const { id, at, name } = CHECKPOINT;
    const layer = {
      id,
      at,
      name,
      usedAt: at,
      build: 'web-20261120-1',
      image: 'web',
      bytes: 120_000_000,
      isInUse: false,
    };
    return { layers: [{ ...layer, stage: 'install' }], budgetBytes: 20 * 1024 ** 3 };
  }
  async removeStages(wanted: string[] | undefined): Promise<Removal[]> {
    this.asked.push(['removeStages', wanted]);
    return [{ kind: 'stage', name: 'c0ffee01', freedBytes: 1_048_576, reason: 'web' }];
  }
  async images(): Promise<ImageInfo[]> {
    const candidate = {
      version: 'v0',
      path: '/c',
      bytes: 1024,
      reason: 'test up failed',
      at: '2026-11-19T10:00:00.000Z',
    };
    return [{ name: 'web', releases: [RELEASE], channels: { latest: 'v1' }, candidates: [candidate] }];
  }
  async resolve(ref: string): Promise<ReleaseInfo> {
    if (!ref.startsWith('web')) throw new GoldsmithError('not-found', `There is no image ${ref}.`);
    return RELEASE;
  }
  async promote(_ref: string, channel: string) {
    return { release: RELEASE, channel, previous: 'v0' };
  }
  async verify(ref: string, _watch: Watch) {
    await this.resolve(ref);
    return { release: RELEASE, problems: this.problems };
  }
  async exportTo(ref: string, options: ExportToOptions, _watch: Watch) {
    this.asked.push(['exportTo', ref, options]);
    return { image: 'web', version: 'v1', release: RELEASE.id, dir: options.dir, targets: [], files: [] };
  }
  async importImage(file: string, options: ImportOptions, _watch: Watch) {
    this.asked.push(['importImage', file, options]);
    return { ...RELEASE, channels: ['imported'] };
  }
  async verifyHandOff(dir: string, _watch: Watch, key?: string) {
    this.asked.push(['verifyHandOff', dir, key]);
    return {
      image: 'web',
      version: 'v1',
      release: RELEASE.id,
      files: 3,
      signature: 'none' as const,
      problems: this.problems,
    };
  }
  async remove(what: string, options: { force: boolean }): Promise<Removal> {
    this.asked.push(['remove', what, options]);
    if (what === 'gone') throw new GoldsmithError('not-found', 'There is no gone.');
    return { kind: 'release', name: what, freedBytes: 2048, reason: 'asked' };
  }
  async run(ref: string, options: RunVmOptions, _watch: Watch): Promise<VmInfo> {
    this.asked.push(['run', ref, options]);
    return VM;
  }
  /** What is asked of machines in a libvirt; the real one has tests of its own. */
  machines: LongLivedMachines = {
    create: async (ref, options) => this.#machine('create', ref, options),
    describe: async (ref, options, format) => {
      this.asked.push(['machines.describe', ref, options, format]);
      return 'text';
    },
    list: async () => [LONG_LIVED],
    start: async name => this.#machine('start', name),
    stop: async (name, options) => this.#machine('stop', name, options),
    remove: async (name, options) => {
      this.asked.push(['machines.remove', name, options]);
      return { kind: 'machine', name, freedBytes: 0, reason: 'asked' };
    },
    console: async () => ({ serialSocket: '/none', serialLog: '/none', close: async () => {} }),
    ssh: async (name, command) => {
      this.asked.push(['machines.ssh', name, command]);
      return { argv: ['true'] };
    },
  };
  #machine(verb: string, ...args: unknown[]): LongLivedInfo {
    this.asked.push([`machines.${verb}`, ...args]);
    return LONG_LIVED;
  }
  async vms(): Promise<VmInfo[]> {
    return this.vmList;
  }
  async waitForVm(vm: string): Promise<void> {
    this.asked.push(['waitForVm', vm]);
  }
  async console(_id: string) {
    return { serialSocket: this.serialSocket, serialLog: '/nowhere.log' };
  }
  async ssh(id: string, command: string[]): Promise<{ argv: string[] }> {
    this.asked.push(['ssh', id, command]);
    return { argv: this.argv };
  }
  async iso(name: IsoName, options: { output?: string; force: boolean }): Promise<IsoInfo> {
    this.asked.push(['iso', name, options]);
    return { name, path: '/cache/x.iso', sha256: 'bb', bytes: 99_614_720, isReused: false };
  }
  async doctor(): Promise<Examination> {
    const checks: Check[] = [
      { area: 'qemu', what: 'QEMU 10', state: 'ok' },
      { area: 'tools', what: 'xorriso', state: 'missing', fix: 'apt-get install xorriso' },
    ];
    const libvirts = [
      { uri: 'qemu:///session', version: '9.0.0', domains: 3, ours: 1 },
      { uri: 'qemu+ssh://far/system', reason: 'No SSH connection to far: refused' },
    ];
    return { checks, canBuild: false, libvirts };
  }
  async recover(): Promise<Removal[]> {
    return [];
  }
  async clean(options: CleanOptions): Promise<Removal[]> {
    this.asked.push(['clean', options]);
    return [{ kind: 'folder', name: '/w', freedBytes: 1_048_576, reason: 'left by a crash' }];
  }
}
