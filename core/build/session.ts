import { rm } from 'node:fs/promises';
import type { Vm } from '../drivers/driver.ts';
import type { Guest } from '../guest/guest.ts';
import type { Inventory } from '../guest/inventory.ts';
import type { Checkpoint, Moment } from '../model/checkpoint.ts';
import { GoldsmithError } from '../model/failure.ts';
import type { Disk, Machine } from '../model/machine.ts';
import { Attempt } from './attempt.ts';
import { Layers } from './checkpoint-layers.ts';
import { MomentOrder } from './checkpoint-order.ts';
import { MemoryRoom } from './checkpoint-room.ts';
import type { BuildContext } from './context.ts';
import { Guard } from './guard.ts';
import { Observer, type Seen } from './observer.ts';
import { installerOf } from './parameters.ts';
import type { Run } from './run.ts';
import { StageChain } from './stage-chain.ts';
import type { StageInputs } from './stage-inputs.ts';
import type { Choice } from './stages-choice.ts';
import type { Listener, Served } from './steps/answers.ts';
import { startMachine } from './steps/boot.ts';
import type { InstallEnd } from './steps/install.ts';

/** What a failed build can still show. */
export interface Standing {
  vm?: Vm;
  /** Ports that listen for the guest: closed however the build ends. */
  served?: Served;
  /** What a person chose to be done with the machine of a build that failed. */
  choice?: 'keep' | 'release';
}

/** The steps after which somebody is logged in to the guest. */
export const LOGGED_IN: ReadonlySet<Moment['step']> = new Set(['provision', 'seal', 'shutdown']);

/**
 * The machine of one build as it stands now: what runs, who looks at it, on which disks. Moments of it are saved and
 * gone back to by the modules `checkpoint-*.ts`.
 */
export class Session {
  vm: Vm | undefined;
  guest: Guest | undefined;
  /** The machine of the build, without what only the installation needs. */
  plan: Machine | undefined;
  /** The machine as it was started, on the disks that it writes to now. */
  started: Machine | undefined;
  /** What is installed in the guest, read before it is sealed. */
  inventory: Inventory | undefined;
  /** How the installation ended, once it has. */
  end: InstallEnd | undefined;
  /** The machine may end now without that being a failure. */
  isEndExpected = false;
  guard: Guard;
  observer: Observer;
  readonly layers: Layers;
  /** Why no checkpoints are taken of this machine; undefined when they are. */
  readonly noCheckpoints: string | undefined;
  readonly checkpoints: Checkpoint[] = [];
  /** The checkpoint that the machine grew from. */
  current: string | undefined;
  /** The layer that it writes to; undefined where nothing is layered. */
  layer: string | undefined;
  /** Where memory is written to and read from. */
  readonly room: MemoryRoom;
  /** The newest moment of the machine's present boot, with its memory as it was; later ones are kept as differences. */
  base: { id: string; memory: string } | undefined;
  /** Where the build would go on from a moment saved now. */
  moment: Moment | undefined;
  /** The question that stands, for whoever answers it first. */
  question: { answer(choice: string | Choice): void } | undefined;
  /** What the machine is made of, as far as that is known. */
  readonly chain = new StageChain();
  /** What goes into the stages of the recipe as it is now; none where no other build shall begin from this one's. */
  inputs: () => Promise<StageInputs[]> = async () => [];
  /** Told what the installation comes to. */
  seen: Seen = { stage: () => {}, line: () => {} };
  /** Turning points whose saving has begun since the machine was started or went back. */
  turns = new Set<string>();
  /** Saving and going back wait for one another. */
  readonly order = new MomentOrder();
  /** How many machines were started. */
  starts = 0;
  #attempt: Attempt;
  #detach: () => void = () => {};
  #isInstaller = false;

  constructor(
    readonly run: Run,
    readonly context: BuildContext,
    readonly standing: Standing,
    noCheckpoints: string | undefined,
  ) {
    this.layers = new Layers(context.home.stages);
    this.room = new MemoryRoom(run, context.id, context.workDir);
    this.noCheckpoints = noCheckpoints;
    this.#attempt = new Attempt(run);
    this.guard = new Guard(this.#attempt.signal);
    this.observer = this.#newObserver();
  }

  get served(): Served {
    if (this.standing.served) return this.standing.served;
    throw new GoldsmithError('unexpected', 'Nothing is served yet.');
  }

  /** The machine that runs. @throws GoldsmithError `qemu-failed` when none does */
  get running(): Vm {
    if (this.vm) return this.vm;
    throw new GoldsmithError('qemu-failed', 'The virtual machine is gone.');
  }

  /** The guest, logged in to. @throws GoldsmithError `guest-unreachable` */
  get loggedIn(): Guest {
    if (this.guest) return this.guest;
    throw new GoldsmithError('guest-unreachable', 'Nobody is logged in to the guest.');
  }

  /** Whether the machine that runs is the one that installs. */
  get isInstalling(): boolean {
    return this.started?.boot.kind === 'direct' || this.#isInstaller;
  }

  /** Where media of this machine are put, to be there as long as its checkpoints are. */
  get layerDir(): string {
    return this.layer === undefined ? this.context.workDir : this.layers.path(this.layer);
  }

  /** Told of the installer's log and requests, whichever try they belong to. */
  get listener(): Listener {
    return {
      installerLine: text => this.observer.installerLine(text),
      answered: request => this.observer.answered(request),
      packageTrouble: text => this.observer.packageTrouble(text),
    };
  }

  /** The machine of the build, with its disks as they are now. */
  get machine(): Machine {
    if (this.plan) return this.plan;
    throw new GoldsmithError('unexpected', 'The build has no machine yet.');
  }

  /** Where the first layer's disks and media are made; the working folder where nothing is layered. */
  async firstLayer(): Promise<string> {
    if (this.noCheckpoints !== undefined) return this.context.workDir;
    this.layer = await this.layers.begin(this.run);
    return this.layers.path(this.layer);
  }

  /** A new try: a guard that has not stopped, and an observer that has seen nothing. */
  begin(isEndExpected: boolean): Attempt {
    this.#detach();
    this.isEndExpected = isEndExpected;
    this.#attempt = new Attempt(this.run);
    this.guard = new Guard(this.#attempt.signal);
    this.observer = this.#newObserver();
    if (this.end !== undefined) this.observer.installed();
    if (this.vm) this.#look(this.vm);
    return this.#attempt;
  }

  #newObserver(): Observer {
    const { target } = this.context;
    return new Observer(this.#attempt, this.guard, installerOf(target), target.image.timeouts, this.seen);
  }

  /** @param memory a saved moment of it, to go on from */
  async start(machine: Machine, name: string, memory?: string): Promise<Vm> {
    if (memory === undefined) this.nowBase(undefined); // another boot: its memory has nothing in common
    const runtimeName = ++this.starts === 1 ? name : `${name}-${this.starts}`;
    const vm = await startMachine(this.run, this.context, machine, runtimeName, memory);
    this.vm = vm;
    this.standing.vm = vm;
    this.started = machine;
    this.#isInstaller = name === 'install';
    void vm.exited.then(() => {
      if (this.vm === vm) this.forget();
    });
    this.#look(vm);
    return vm;
  }

  #look(vm: Vm): void {
    this.guard.watch(vm, () => this.vm !== vm || this.isEndExpected);
    this.#detach = this.observer.attach(vm, this.machine.serialLog, { readsInstaller: true });
  }

  /** The machine is gone, or its end is no longer ours to be surprised by. */
  forget(): void {
    this.vm = undefined;
    delete this.standing.vm;
  }

  /** The machine is ended, and a new one may be made. */
  async dropMachine(): Promise<void> {
    const { vm, guest } = this;
    this.#detach();
    this.forget();
    this.guest = undefined;
    guest?.drop();
    await vm?.destroy();
  }

  /** The machine writes to other disks from now on. */
  nowOn(disks: Disk[]): void {
    this.plan = { ...this.machine, disks };
    if (this.started) this.started = { ...this.started, disks };
  }

  /** The memory of the base before goes, once nobody reads it. */
  nowBase(base: Session['base']): void {
    const { base: before } = this;
    this.base = base;
    if (before) void this.order.keep(() => rm(before.memory, { force: true }));
  }

  /** Nothing is saved any more, and the host's memory is given back. */
  settle(): Promise<void> {
    this.nowBase(undefined);
    return this.idle();
  }

  /** What was saved is kept, and can be gone back to. */
  idle(): Promise<void> {
    return this.order.alone(async () => {});
  }

  known(id: string | undefined): Checkpoint | undefined {
    return this.checkpoints.find(checkpoint => checkpoint.id === id);
  }

  /** The checkpoints that the machine as it stands grew from, the oldest first. */
  path(): Checkpoint[] {
    const found: Checkpoint[] = [];
    for (let one = this.known(this.current); one !== undefined; one = this.known(one.parent)) found.unshift(one);
    return found;
  }
}
