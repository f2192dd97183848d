import { copyFile, rm } from 'node:fs/promises';
import type { Vm } from '../drivers/driver.ts';
import type { Checkpoint, Moment } from '../model/checkpoint.ts';
import { GoldsmithError } from '../model/failure.ts';
import type { Machine } from '../model/machine.ts';
import { freeLayers } from './checkpoint-budget.ts';
import type { LayerRecord } from './checkpoint-layers.ts';
import { LOGGED_IN, type Session } from './session.ts';
import type { StageRecord } from './stage-chain.ts';

const MIB = 1024 ** 2;
/** A guest that cannot be asked is saved as it is. */
const FLUSH_MS = 10_000;

export interface SaveOptions {
  by: Checkpoint['by'];
  /** The machine stops at once, so that the moment is exactly now. */
  isExact: boolean;
  /** What is in the machine, where that is not what the last stage left. */
  stage?: StageRecord | undefined;
}

/** A moment that the machine has passed. */
export interface Saved {
  /** Settles when it is kept, and can be gone back to; undefined when it could not be. Never rejects but for an abort. */
  kept: Promise<Checkpoint | undefined>;
}

/**
 * Saves the moment. Returns when the machine runs on: what its memory takes is made smaller meanwhile. What keeps that
 * from working is told and stops nothing.
 */
export async function saveMoment(session: Session, name: string, moment: Moment, options: SaveOptions): Promise<Saved> {
  const { run, noCheckpoints, vm } = session;
  if (noCheckpoints !== undefined || !vm?.saveMoment) return { kept: Promise.resolve(undefined) };
  const told = (error: unknown): undefined => {
    run.signal.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    run.emit({ type: 'warning', message: `No checkpoint "${name}" was taken: ${reason}` });
  };
  const taken = await session.order.pass(() => take(session, vm, name, moment, options).catch(told));
  const kept = taken ? session.order.keep(() => keep(session, taken).catch(told)) : Promise.resolve(undefined);
  kept.catch(() => undefined); // of an abort; nobody is told after the machine has passed the moment
  return { kept };
}

/** What is known of a moment once the machine has passed it. */
interface Taken {
  record: Omit<LayerRecord, 'schema' | 'files'>;
  /** Undefined where it was off. */
  vm: Vm | undefined;
  /** Undefined where only the disks were saved. */
  memory: string | undefined;
  isStream: boolean;
  /** Brings it here; undefined: it is here. */
  fetch: (() => Promise<void>) | undefined;
}

async function take(
  session: Session,
  vm: Vm,
  name: string,
  moment: Moment,
  options: SaveOptions,
): Promise<Taken | undefined> {
  const { run, layers, started: machine, layer: id } = session;
  if (!vm.saveMoment || !machine || id === undefined) return undefined;
  if (session.vm !== vm) throw new GoldsmithError('busy', 'its machine was gone when its turn came.');
  if (LOGGED_IN.has(moment.step)) await flush(session);
  const next = await layers.begin(run, id);
  const disks = await layers.overlay(next, machine.disks, run.signal);
  const vars = machine.firmware.kind === 'efi' ? machine.firmware.vars : undefined;
  const memory = await session.room.path(`${id}.memory`, machine.memoryMiB * MIB);
  const files = {
    memory,
    overlays: new Map(disks.map(disk => [disk.id, disk.path])),
    copies: vars === undefined ? [] : [{ from: vars, to: layers.efiVars(id) }],
  };
  const {
    pauseMs,
    diskOnly,
    isStream = false,
    fetch,
  } = await vm.saveMoment(files, { isExact: options.isExact, signal: run.signal }).catch(async error => {
    await rm(memory, { force: true });
    throw error;
  });
  const parent = session.current === undefined ? {} : { parent: session.current };
  const at = new Date().toISOString();
  const why = diskOnly === undefined ? {} : { diskOnly };
  const checkpoint = { id, name, by: options.by, moment, ...parent, at, pauseMs, memoryBytes: 0, ...why };
  const stage = 'stage' in options ? options.stage : session.chain.done;
  const record = { ...recordOf(session, checkpoint, machine), ...(stage ? { stage } : {}) };
  session.layer = next;
  session.current = id;
  session.nowOn(disks);
  return { record, vm, memory: diskOnly === undefined ? memory : undefined, isStream, fetch };
}

/** What the guest has written is on its disks then, too: they may have to do without its memory. */
async function flush({ guest, run, context }: Session): Promise<void> {
  if (context.target.builder.source.communicator.kind !== 'ssh') return;
  await guest?.exec('sync', { timeoutMs: FLUSH_MS, signal: run.signal }).catch(() => run.signal.throwIfAborted());
}

/** The name of the moment in which an installation is done, and its system was not booted yet. */
const INSTALLED = 'installed';

/**
 * Saves the disks of a machine that is off, since its installation is done: whatever happens to the first boot of what
 * it installed, the installation is not done again. Returns when the machine may be started on its new disks.
 * @param machine that is started next
 */
export async function saveInstalled(session: Session, machine: Machine): Promise<void> {
  const { context, noCheckpoints, current } = session;
  const isSaved = session.known(current)?.moment.step === 'connect';
  // Elsewhere the disks would have to be fetched first.
  if (noCheckpoints !== undefined || context.driver.place !== undefined || isSaved) return;
  const taken = await session.order.pass(() => takeOff(session, machine));
  if (taken) void session.order.keep(() => keep(session, taken)).catch(() => undefined); // of an abort
}

async function takeOff(session: Session, machine: Machine): Promise<Taken | undefined> {
  const { run, layers, layer: id, current } = session;
  if (id === undefined) return undefined;
  const next = await layers.begin(run, id);
  const disks = await layers.overlay(next, machine.disks, run.signal);
  if (machine.firmware.kind === 'efi') await copyFile(machine.firmware.vars, layers.efiVars(id));
  const checkpoint: Checkpoint = {
    id,
    name: INSTALLED,
    by: 'build',
    moment: { step: 'connect' },
    ...(current === undefined ? {} : { parent: current }),
    at: new Date().toISOString(),
    pauseMs: 0,
    memoryBytes: 0,
    diskOnly: 'the machine was off',
  };
  const stage = session.chain.done;
  const record = { ...recordOf(session, checkpoint, machine), ...(stage ? { stage } : {}) };
  session.layer = next;
  session.current = id;
  session.nowOn(disks);
  return { record, vm: undefined, memory: undefined, isStream: false, fetch: undefined };
}

/** From here on it can be gone back to. */
async function keep(session: Session, taken: Taken): Promise<Checkpoint> {
  const { layers, run } = session;
  const { record, memory } = taken;
  const { stage } = record;
  await taken.fetch?.();
  const whole = { ...record, ...(memory === undefined ? {} : await keepMemory(session, taken, memory)) };
  const { checkpoint } = await layers.freeze(record.checkpoint.id, whole);
  void layers.sync(checkpoint.id).catch(() => undefined);
  if (stage) run.emit({ type: 'stage', stage: stage.stage, state: 'kept', key: stage.key });
  session.checkpoints.push(checkpoint);
  run.emit({ type: 'checkpoint', checkpoint });
  await freeLayers(layers, session.context.budgetBytes).catch(() => undefined);
  return checkpoint;
}

/** Without room for it the disks are kept all the same: what comes after stands on them. */
async function keepMemory(
  session: Session,
  { record: { checkpoint }, vm, isStream }: Taken,
  memory: string,
): Promise<Pick<LayerRecord, 'checkpoint' | 'memoryBase'>> {
  const { layers, run } = session;
  const base = isStream ? undefined : session.base;
  const { id } = checkpoint;
  try {
    const memoryBytes = await layers.keepMemory(id, memory, base?.memory, run.signal);
    if (session.vm === vm) session.nowBase({ id, memory });
    else await rm(memory, { force: true });
    return { checkpoint: { ...checkpoint, memoryBytes }, ...(base ? { memoryBase: base.id } : {}) };
  } catch (error) {
    run.signal.throwIfAborted();
    await rm(memory, { force: true });
    await rm(layers.memory(id), { force: true });
    const diskOnly = `its memory could not be kept: ${error instanceof Error ? error.message : String(error)}`;
    return { checkpoint: { ...checkpoint, diskOnly } };
  }
}

function recordOf(
  { context, machine: plan, guest, served }: Session,
  checkpoint: Checkpoint,
  machine: Machine,
): Taken['record'] {
  return {
    checkpoint,
    build: context.id,
    image: context.target.image.name,
    machine,
    plan,
    driver: context.driver.name,
    ...(context.driver.place === undefined ? {} : { place: context.driver.place }),
    keys: context.keys,
    hostKeys: guest?.address.hostKeys ?? [],
    servedAt: served.at,
  };
}

/**
 * The disks go on in raw files of their own. In layers of qcow2 blocks are given back in whole clusters only, so that
 * parts of what sealing removes would stay in the image. A recipe with use_backing_file wants just those differences.
 */
export function flatten(session: Session): Promise<void> {
  return session.order.alone(async () => {
    const { vm, machine, layers, run, context } = session;
    if (context.target.builder.source.useBackingFile) return;
    if (!vm?.flatten || machine.disks.every(({ format }) => format === 'raw')) return;
    const next = await layers.begin(run, session.current);
    const disks = await layers.empty(next, machine.disks, run.signal);
    for (const disk of disks) await vm.flatten(disk.id, disk.path);
    session.layer = next;
    session.nowOn(disks);
  });
}
