import { copyFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Vm } from '../drivers/driver.ts';
import type { Guest } from '../guest/guest.ts';
import type { Inventory } from '../guest/inventory.ts';
import { INSTALLERS, type TurningPoint } from '../installer/installers.ts';
import type { Checkpoint, Moment } from '../model/checkpoint.ts';
import { GoldsmithError } from '../model/failure.ts';
import type { Disk, Machine } from '../model/machine.ts';
import { Attempt } from './attempt.ts';
import { freeLayers } from './checkpoint-budget.ts';
import { setGuestClock } from './checkpoint-clock.ts';
import type { Controlled } from './checkpoint-control.ts';
import { type LayerRecord, Layers } from './checkpoint-layers.ts';
import { type BuildContext, buildFiles, machineName } from './context.ts';
import { Guard } from './guard.ts';
import { Observer } from './observer.ts';
import { installerOf } from './parameters.ts';
import type { Run } from './run.ts';
import { keyed, StageChain, type StageRecord } from './stage-chain.ts';
import type { StageInputs } from './stage-inputs.ts';
import { type Choice, GoBack } from './stages-choice.ts';
import { HOST_SEEN_BY_GUEST, type Listener, type Served } from './steps/answers.ts';
import { startMachine } from './steps/boot.ts';
import { reconnect } from './steps/connect.ts';
import type { InstallEnd } from './steps/install.ts';

/** What a failed build can still show. */
export interface Standing {
  vm?: Vm;
  /** Ports that listen for the guest: closed however the build ends. */
  served?: Served;
  /** What a person chose to be done with the machine of a build that failed. */
  choice?: 'keep' | 'release';
}

export interface SaveOptions {
  by: Checkpoint['by'];
  /** The machine stops at once, so that the moment is exactly now. */
  isExact: boolean;
  /** What is in the machine, where that is not what the last stage left. */
  stage?: StageRecord | undefined;
}

const BEFORE_ANSWERS = 'before the answers';

/** The steps after which somebody is logged in to the guest. */
export const LOGGED_IN: ReadonlySet<Moment['step']> = new Set(['provision', 'seal', 'shutdown']);

/**
 * The machine of one build as it stands now: what runs, who looks at it, on which disks; and the way back to earlier
 * moments of it.
 */
export class Session {
  vm: Vm | undefined;
  guest: Guest | undefined;
  /** The machine of the build, without what only the installation needs. */
  plan: Machine | undefined;
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
  /** Where the build would go on from a moment saved now. */
  moment: Moment | undefined;
  /** The question that stands, for whoever answers it first. */
  question: { answer(choice: string | Choice): void } | undefined;
  /** What the machine is made of, as far as that is known. */
  readonly chain = new StageChain();
  /** What goes into the stages of the recipe as it is now; none where no other build shall begin from this one's. */
  inputs: () => Promise<StageInputs[]> = async () => [];
  /** The checkpoint that the machine grew from. */
  current: string | undefined;
  #running: Machine | undefined;
  #layer: string | undefined;
  #attempt: Attempt;
  #detach: () => void = () => {};
  #isInstaller = false;
  /** Turning points whose saving has begun since the machine was started or went back. */
  #turns = new Set<string>();
  #starts = 0;
  #busy: Promise<unknown> = Promise.resolve();

  constructor(
    readonly run: Run,
    readonly context: BuildContext,
    readonly standing: Standing,
    noCheckpoints: string | undefined,
  ) {
    this.layers = new Layers(context.home.stages);
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
    return this.#running?.boot.kind === 'direct' || this.#isInstaller;
  }

  /** Where media of this machine are put, to be there as long as its checkpoints are. */
  get layerDir(): string {
    return this.#layer === undefined ? this.context.workDir : this.layers.path(this.#layer);
  }

  /** Told of the installer's log and requests, whichever try they belong to. */
  get listener(): Listener {
    return {
      installerLine: text => this.observer.installerLine(text),
      answered: request => this.observer.answered(request),
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
    this.#layer = await this.layers.begin(this.run);
    return this.layers.path(this.#layer);
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
    const installer = installerOf(target);
    const { turningPoints } = INSTALLERS[installer];
    const onStage = (id: string): void => this.#turn(Object.hasOwn(turningPoints, id) ? turningPoints[id] : undefined);
    return new Observer(this.#attempt, this.guard, installer, target.image.timeouts, onStage);
  }

  async start(machine: Machine, name: string, memory?: string): Promise<Vm> {
    const runtimeName = ++this.#starts === 1 ? name : `${name}-${this.#starts}`;
    const vm = await startMachine(this.run, this.context, machine, runtimeName, memory);
    this.vm = vm;
    this.standing.vm = vm;
    this.#running = machine;
    this.#isInstaller = name === 'install';
    void vm.exited.then(() => {
      if (this.vm === vm) this.forget();
    });
    this.#look(vm);
    return vm;
  }

  /** The machine is gone, or its end is no longer ours to be surprised by. */
  forget(): void {
    this.vm = undefined;
    delete this.standing.vm;
  }

  #look(vm: Vm): void {
    this.guard.watch(vm, () => this.vm !== vm || this.isEndExpected);
    this.#detach = this.observer.attach(vm, this.machine.serialLog, { readsInstaller: true });
  }

  /**
   * Saves the moment before the guest asks for its answers: its first connection to the answer server waits until that
   * is done. What keeps it from working is told, and the guest gets its answers all the same.
   */
  async saveBeforeAnswers(moment: Moment): Promise<void> {
    const { vm } = this;
    if (this.noCheckpoints !== undefined || !vm?.holdConnection) return;
    const to = { host: HOST_SEEN_BY_GUEST, port: this.served.at.port };
    const held = await vm.holdConnection(to).catch(() => undefined);
    // The guest runs on meanwhile, and waits for an answer: what it is after does not come before it is let go.
    const options = { by: 'build', isExact: false, stage: this.chain.pending } as const;
    void held?.isSeen.then(async isSeen => {
      if (isSeen && this.vm === vm) await this.save(BEFORE_ANSWERS, moment, options);
      await held.letGo();
    });
  }

  /** An installation has come so far that it is worth going back to. */
  #turn(point: TurningPoint | undefined): void {
    const { moment } = this;
    if (!point || !moment) return;
    const { name, isExact = false } = point;
    if (this.path().some(checkpoint => checkpoint.name === name)) return;
    if (!this.vm || LOGGED_IN.has(moment.step) || this.#turns.has(name)) return;
    this.#turns.add(name);
    void this.save(name, moment, { by: 'build', isExact, stage: undefined });
  }

  /** What other processes may ask of the build. */
  get controlled(): Controlled {
    return {
      save: name => {
        const { moment } = this;
        if (!moment) throw new GoldsmithError('busy', 'The machine does not run.');
        return this.save(name, moment, { by: 'person', isExact: true, stage: undefined });
      },
      rewind: wanted => {
        const known = this.checkpoints.find(({ id, name }) => id === wanted || name === wanted);
        if (!known) throw noCheckpoint(wanted, this.checkpoints);
        if (this.question) this.question.answer({ kind: 'rewind', checkpoint: known.id });
        else this.guard.stop(new GoBack(known.id));
      },
      answer: choice => {
        if (!this.question) throw new GoldsmithError('not-found', 'The build asks nothing now.');
        this.question.answer(choice);
      },
    };
  }

  /** The checkpoints that the machine as it stands grew from, the oldest first. */
  path(): Checkpoint[] {
    const found: Checkpoint[] = [];
    for (let id = this.current; id !== undefined; ) {
      const checkpoint = this.checkpoints.find(one => one.id === id);
      if (checkpoint) found.unshift(checkpoint);
      id = checkpoint?.parent;
    }
    return found;
  }

  /** Saves the moment; what keeps that from working is told and stops nothing. */
  save(name: string, moment: Moment, options: SaveOptions): Promise<Checkpoint | undefined> {
    if (this.noCheckpoints !== undefined) return Promise.resolve(undefined);
    return this.#alone(() =>
      this.#save(name, moment, options).catch((error: unknown) => {
        this.run.signal.throwIfAborted();
        const reason = error instanceof Error ? error.message : String(error);
        this.run.emit({ type: 'warning', message: `No checkpoint "${name}" was taken: ${reason}` });
        return undefined;
      }),
    );
  }

  async #save(name: string, moment: Moment, options: SaveOptions): Promise<Checkpoint | undefined> {
    const [vm, machine, id] = [this.vm, this.#running, this.#layer];
    if (!vm?.saveMoment || !machine || id === undefined) return undefined;
    const next = await this.layers.begin(this.run, id);
    const disks = await this.layers.overlay(next, machine.disks, this.run.signal);
    const vars = machine.firmware.kind === 'efi' ? machine.firmware.vars : undefined;
    const cost = await vm.saveMoment(
      {
        memory: this.layers.memory(id),
        overlays: new Map(disks.map(disk => [disk.id, disk.path])),
        copies: vars === undefined ? [] : [{ from: vars, to: this.layers.efiVars(id) }],
      },
      { isExact: options.isExact, signal: this.run.signal },
    );
    const checkpoint: Checkpoint = {
      id,
      name,
      by: options.by,
      moment,
      ...(this.current === undefined ? {} : { parent: this.current }),
      at: new Date().toISOString(),
      pauseMs: cost.pauseMs,
      memoryBytes: cost.diskOnly === undefined ? await this.layers.memoryBytes(id) : 0,
      ...(cost.diskOnly === undefined ? {} : { diskOnly: cost.diskOnly }),
    };
    const stage = 'stage' in options ? options.stage : this.chain.done;
    await this.layers.freeze(id, { ...this.#record(checkpoint, machine), ...(stage ? { stage } : {}) });
    void this.layers.sync(id).catch(() => undefined);
    if (stage) this.run.emit({ type: 'stage', stage: stage.stage, state: 'kept', key: stage.key });
    this.#layer = next;
    this.#nowOn(disks);
    this.#took(checkpoint);
    await freeLayers(this.layers, this.context.budgetBytes).catch(() => undefined);
    return checkpoint;
  }

  /**
   * A build is done: moments within an installation that went well are not gone back to, and no other build begins from
   * them. Their memory is most of what all checkpoints take.
   */
  async thinOut(): Promise<void> {
    const within = this.checkpoints.filter(({ by, moment }) => by === 'build' && !LOGGED_IN.has(moment.step));
    for (const { id, name } of within) {
      if (name === BEFORE_ANSWERS) continue;
      await this.layers.giveUpMemory(id, 'its memory was given up when the build was done').catch(() => undefined);
    }
    const [first, ...later] = this.checkpoints.filter(({ moment }) => LOGGED_IN.has(moment.step));
    // Those of earlier builds are what they left; what stands on a branch of its own has another base below it.
    const above = later.filter(({ id, by }) => by !== 'cache' && first && this.#isAbove(id, first.id));
    for (const { id } of above) {
      await this.layers.compact(id, first?.id ?? '', this.run.signal).catch(() => undefined);
    }
  }

  #isAbove(id: string, base: string): boolean {
    for (let one = this.#known(id)?.parent; one !== undefined; one = this.#known(one)?.parent) {
      if (one === base) return true;
    }
    return false;
  }

  #known(id: string): Checkpoint | undefined {
    return this.checkpoints.find(checkpoint => checkpoint.id === id);
  }

  #took(checkpoint: Checkpoint): void {
    this.current = checkpoint.id;
    this.checkpoints.push(checkpoint);
    this.run.emit({ type: 'checkpoint', checkpoint });
  }

  #record(checkpoint: Checkpoint, machine: Machine): Omit<LayerRecord, 'schema' | 'files'> {
    const { context } = this;
    return {
      checkpoint,
      build: context.id,
      image: context.target.image.name,
      machine,
      plan: this.machine,
      keys: context.keys,
      hostKeys: this.guest?.address.hostKeys ?? [],
      servedAt: this.served.at,
    };
  }

  /**
   * The disks go on in raw files of their own. In layers of qcow2 blocks are given back in whole clusters only, so that
   * parts of what sealing removes would stay in the image.
   */
  flatten(): Promise<void> {
    return this.#alone(async () => {
      const { vm } = this;
      if (!vm?.flatten || this.machine.disks.every(({ format }) => format === 'raw')) return;
      const next = await this.layers.begin(this.run, this.current);
      const disks = await this.layers.empty(next, this.machine.disks, this.run.signal);
      for (const disk of disks) await vm.flatten(disk.id, disk.path);
      this.#layer = next;
      this.#nowOn(disks);
    });
  }

  #nowOn(disks: Disk[]): void {
    this.plan = { ...this.machine, disks };
    if (this.#running) this.#running = { ...this.#running, disks };
  }

  /**
   * The machine stands at the checkpoint again: started there, logged in to where somebody was, its clock set.
   * @returns where the build goes on
   * @throws GoldsmithError `not-found`, `store-damaged`, `qemu-failed`, and what logging in throws
   */
  goBack(id: string): Promise<Moment> {
    return this.#alone(() => this.#goBack(id));
  }

  async #goBack(id: string): Promise<Moment> {
    const startedAt = performance.now();
    const record = await this.layers.verify(id);
    const { checkpoint } = record;
    const { moment } = checkpoint;
    if (checkpoint.diskOnly !== undefined && !LOGGED_IN.has(moment.step)) throw needsMemory(checkpoint);
    await this.dropMachine();
    this.#turns = new Set();
    await this.#standOn(record);
    const machine = await this.#machineOf(record);
    const scratch = path.join(this.layerDir, 'memory.whole');
    const memory =
      checkpoint.diskOnly === undefined ? await this.layers.wholeMemory(record, scratch, this.run.signal) : undefined;
    this.begin(moment.step === 'install');
    const vm = await this.start(machine, 'back', memory);
    const resumeMs = Math.round(performance.now() - startedAt);
    await rm(scratch, { force: true });
    if (LOGGED_IN.has(moment.step)) await this.#logInAgain(vm, record);
    this.run.emit({
      type: 'rewound',
      checkpoint: id,
      step: moment.step,
      ms: Math.round(performance.now() - startedAt),
      resumeMs,
    });
    return moment;
  }

  /** The build goes on from another one's checkpoint; it and those below it are this build's first. */
  async adopt(record: LayerRecord): Promise<Moment> {
    const by = 'cache';
    for (const { checkpoint } of await this.layers.chain(record.checkpoint.id)) {
      this.checkpoints.push({ ...checkpoint, by });
      this.run.emit({ type: 'checkpoint', checkpoint: { ...checkpoint, by } });
    }
    return this.goBack(record.checkpoint.id);
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

  async #standOn(record: LayerRecord): Promise<void> {
    const { id, moment } = record.checkpoint;
    this.#layer = await this.layers.begin(this.run, id);
    const disks = await this.layers.overlay(this.#layer, record.machine.disks, this.run.signal);
    this.plan = { ...record.plan, ...this.#own(), disks };
    this.current = id;
    this.chain.goBack(record.stage, keyed(await this.inputs()));
    await this.layers.touch(id, new Date());
    this.end = LOGGED_IN.has(moment.step) || moment.step === 'connect' ? 'rebooted' : undefined;
  }

  #own(): Pick<Machine, 'name' | 'serialLog'> {
    return { name: machineName(this.context.id), serialLog: buildFiles(this.context.dir).serialLog };
  }

  /** As it ran, on new disks and with its own copy of the UEFI variables. */
  async #machineOf({ machine, checkpoint }: LayerRecord): Promise<Machine> {
    const back = { ...machine, ...this.#own(), disks: this.machine.disks };
    if (machine.firmware.kind !== 'efi') return back;
    const vars = path.join(this.context.workDir, `efivars-${this.#starts + 1}.fd`);
    await copyFile(this.layers.efiVars(checkpoint.id), vars);
    const firmware = { ...machine.firmware, vars };
    this.plan = { ...this.machine, firmware };
    return { ...back, firmware };
  }

  async #logInAgain(vm: Vm, { hostKeys }: LayerRecord): Promise<void> {
    const guest = await this.guard.during(reconnect(this.run, this.context, vm, hostKeys));
    this.guest = guest;
    await setGuestClock(this.run, guest, new Date());
  }

  /** Saving and going back wait for one another. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#busy.then(work, work);
    this.#busy = mine.catch(() => undefined);
    return mine;
  }
}

const noCheckpoint = (wanted: string, known: Checkpoint[]): GoldsmithError =>
  new GoldsmithError('not-found', `The build has no checkpoint "${wanted}".`, {
    hint: known.length > 0 ? `There are: ${known.map(({ id, name }) => `${id} (${name})`).join(', ')}.` : undefined,
  });

const needsMemory = ({ name, diskOnly }: Checkpoint): GoldsmithError =>
  new GoldsmithError('unsupported', `The checkpoint "${name}" holds the disks only: ${diskOnly}.`, {
    hint: 'An installation cannot go on from its disks alone. Choose a later checkpoint, or build again.',
  });
